"""Writes messages into a topic with confluent-kafka's serializers, which register their schemas; runs in .venv-kafka.

    write_encoded.py < ORDER        {"brokers", "topic", "registry": {"url", ..}, "format", "schema", "messages": [{"partition", "event"}]}

Of an event `at` is a text of RFC 3339 and `head` a decimal number as text. With "descriptors" the file of the types of Protobuf is
written there. Formats: avro, protobuf, json, plain-avro, plain-protobuf.
"""
import io
import json
import sys
from datetime import datetime, timezone
from decimal import Decimal

from confluent_kafka import Producer
from confluent_kafka.serialization import MessageField, SerializationContext


def registry_client(order):
    from confluent_kafka.schema_registry import SchemaRegistryClient

    return SchemaRegistryClient(order["registry"])


def instant(text):
    return datetime.fromisoformat(text).astimezone(timezone.utc)


def for_avro(event):
    event = {**event, "at": instant(event["at"])}
    if event.get("head") is not None:
        event["head"] = Decimal(event["head"])
    return event


def telemetry_file():
    """telemetry.proto, as protoc would describe it."""
    from google.protobuf import descriptor_pb2

    types = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="telemetry.proto", package="station", syntax="proto3")
    file.dependency.extend(["google/protobuf/timestamp.proto", "google/protobuf/wrappers.proto"])
    state = file.enum_type.add(name="State")
    for number, name in enumerate(("UNKNOWN", "RUNNING", "STOPPED")):
        state.value.add(name=name, number=number)
    file.message_type.add(name="Unused")
    message = file.message_type.add(name="Telemetry")
    place = message.nested_type.add(name="Place")
    place.field.add(name="site", number=1, type=types.TYPE_STRING, label=types.LABEL_OPTIONAL)
    scalar = lambda name, kind, **more: message.field.add(name=name, number=len(message.field) + 1, type=kind, label=types.LABEL_OPTIONAL, **more)
    scalar("pump_id", types.TYPE_STRING)
    scalar("at", types.TYPE_MESSAGE, type_name=".google.protobuf.Timestamp")
    scalar("flow", types.TYPE_MESSAGE, type_name=".google.protobuf.DoubleValue")
    scalar("count", types.TYPE_INT64)
    scalar("state", types.TYPE_ENUM, type_name=".station.State")
    scalar("place", types.TYPE_MESSAGE, type_name=".station.Telemetry.Place")
    return file


def telemetry_type():
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2, wrappers_pb2

    pool, files = descriptor_pool.DescriptorPool(), descriptor_pb2.FileDescriptorSet()
    for known in (timestamp_pb2, wrappers_pb2):
        known.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.append(telemetry_file())
    for file in files.file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("station.Telemetry")), files


def for_protobuf(make):
    def message(event):
        out = make(pump_id=event["pump_id"], count=event["count"], state=event["state"])
        out.at.FromDatetime(instant(event["at"]))
        if event.get("flow") is not None:
            out.flow.value = event["flow"]
        if "place" in event:
            out.place.site = event["place"]["site"]
        return out

    return message


def encoder_of(order):
    """From an event to bytes."""
    context = SerializationContext(order["topic"], MessageField.VALUE)
    match order["format"]:
        case "avro":
            from confluent_kafka.schema_registry.avro import AvroSerializer

            encode = AvroSerializer(registry_client(order), json.dumps(order["schema"]))
            return lambda event: encode(for_avro(event), context)
        case "plain-avro":
            import fastavro

            schema = fastavro.parse_schema(order["schema"])

            def plain(event):
                out = io.BytesIO()
                fastavro.schemaless_writer(out, schema, for_avro(event))
                return out.getvalue()

            return plain
        case "json":
            from confluent_kafka.schema_registry.json_schema import JSONSerializer

            encode = JSONSerializer(json.dumps(order["schema"]), registry_client(order))
            return lambda event: encode(event, context)

    make, files = telemetry_type()
    if order.get("descriptors"):
        with open(order["descriptors"], "wb") as out:
            out.write(files.SerializeToString())
    message = for_protobuf(make)
    if order["format"] == "plain-protobuf":
        return lambda event: message(event).SerializeToString()
    from confluent_kafka.schema_registry.protobuf import ProtobufSerializer

    encode = ProtobufSerializer(make, registry_client(order), {"use.deprecated.format": False})
    return lambda event: encode(message(event), context)


def main():
    order = json.load(sys.stdin)
    encode = encoder_of(order)
    producer = Producer({"bootstrap.servers": order["brokers"], "compression.type": order.get("compression", "none")})
    for each in order["messages"]:
        value = bytes.fromhex(each["bytes"]) if "bytes" in each else encode(each["event"])
        producer.produce(order["topic"], value=value, partition=each["partition"])
        producer.poll(0)
    left = producer.flush(60)
    assert left == 0, f"{left} messages were not acknowledged"


if __name__ == "__main__":
    main()
