"""A subscription that delivers as fast as it is read, by gRPC's own server for Python; Google's test server brings some hundred
messages a second. Each stream gets all messages, and gets them again when the test says so, whatever was acknowledged."""
import threading
from concurrent import futures

import grpc
from google.protobuf import empty_pb2
from google.pubsub_v1 import types

DELIVERED_AT_A_TIME = 500


class FastSubscription:
    def __init__(self, lines):
        self.lines = lines
        self.acknowledged = set()
        self.rounds = 1
        self.refuses = False
        self.changed = threading.Condition()
        self.server = grpc.server(futures.ThreadPoolExecutor(4))
        self.server.add_generic_rpc_handlers((self.handler(),))
        self.address = f"127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"

    def handler(self):
        empty = empty_pb2.Empty.SerializeToString
        return grpc.method_handlers_generic_handler("google.pubsub.v1.Subscriber", {
            "StreamingPull": grpc.stream_stream_rpc_method_handler(self.pull, types.StreamingPullRequest.deserialize, types.StreamingPullResponse.serialize),
            "Acknowledge": grpc.unary_unary_rpc_method_handler(self.acknowledge, types.AcknowledgeRequest.deserialize, empty),
            "ModifyAckDeadline": grpc.unary_unary_rpc_method_handler(lambda *_: empty_pb2.Empty(), types.ModifyAckDeadlineRequest.deserialize, empty),
        })

    def pull(self, requests, context):
        next(requests)
        context.add_callback(self.wake)
        done = 0
        while context.is_active():
            with self.changed:
                self.changed.wait_for(lambda: self.rounds > done or not context.is_active())
            if not context.is_active():
                return
            yield from self.all_of(done)
            done += 1

    def all_of(self, done):
        for first in range(0, len(self.lines), DELIVERED_AT_A_TIME):
            some = enumerate(self.lines[first:first + DELIVERED_AT_A_TIME], first)
            yield types.StreamingPullResponse(received_messages=[
                types.ReceivedMessage(ack_id=f"{number}.{done}", message=types.PubsubMessage(data=line.encode(), message_id=str(1000 + number)))
                for number, line in some])

    def wake(self):
        with self.changed:
            self.changed.notify_all()

    def bring_again(self):
        with self.changed:
            self.rounds += 1
            self.changed.notify_all()

    def acknowledge(self, request, context):
        if self.refuses:
            context.abort(grpc.StatusCode.UNAVAILABLE, "the test refuses")
        with self.changed:
            self.acknowledged.update(ack_id.split(".")[0] for ack_id in request.ack_ids)
        return empty_pb2.Empty()

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *error):
        self.server.stop(None)
