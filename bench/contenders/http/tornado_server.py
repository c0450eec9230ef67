import json
import os
from asyncio import Event, run

from tornado.web import Application, RequestHandler


class TextHandler(RequestHandler):
    def get(self):
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.write("Hello, world")


class JSONHandler(RequestHandler):
    def get(self):
        self.write({"message": "Hello, world"})


class CookieHandler(RequestHandler):
    def get(self):
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.write(self.get_cookie("session", ""))


class EchoHandler(RequestHandler):
    def post(self):
        self.write(json.loads(self.request.body))


class SectionHandler(RequestHandler):
    def get(self, id):
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.write(id)


async def main():
    sections = range(int(os.environ.get("ROUTES", "0")))
    app = Application(
        [
            (r"/plaintext", TextHandler),
            (r"/json", JSONHandler),
            (r"/cookie", CookieHandler),
            (r"/echo", EchoHandler),
            *[(rf"/section{i}/([^/]+)", SectionHandler) for i in sections],
        ],
        log_function=lambda handler: None,
    )
    app.listen(int(os.environ["PORT"]), "127.0.0.1")
    await Event().wait()


run(main())
