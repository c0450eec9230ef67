# Python's Tornado: handlers as routes, and a broadcast as its chat demo has it, a loop over the handlers.
import asyncio
import logging
import os

import tornado.web
import tornado.websocket

logging.getLogger("tornado.access").disabled = True
COMPRESS = os.environ.get("COMPRESS") == "1"


class EchoHandler(tornado.websocket.WebSocketHandler):
    def on_message(self, message):
        self.write_message(message, binary=isinstance(message, bytes))


class BroadcastHandler(tornado.websocket.WebSocketHandler):
    clients = set()

    def get_compression_options(self):
        return {} if COMPRESS else None

    def open(self):
        self.clients.add(self)

    def on_close(self):
        self.clients.discard(self)

    def on_message(self, message):
        for client in self.clients:
            client.write_message(message, binary=isinstance(message, bytes))


async def main():
    app = tornado.web.Application([("/echo", EchoHandler), ("/broadcast", BroadcastHandler)])
    app.listen(int(os.environ["PORT"]), "127.0.0.1")
    await asyncio.Event().wait()


asyncio.run(main())
