import os
from asyncio import Event, run

from tornado.web import Application, StaticFileHandler


async def main():
    app = Application([(r"/(.*)", StaticFileHandler, {"path": os.environ["STATIC_ROOT"]})], log_function=lambda _: None)
    app.listen(int(os.environ["PORT"]), "127.0.0.1")
    await Event().wait()


run(main())
