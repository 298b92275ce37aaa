"""Reads a body of OTLP in JSON as the protocol's own library does: `python otlp_spans.py < body` prints a line for each span.

In this JSON ids are hexadecimal digits, where that of protobuf has Base64; all else is the same, and names that the protocol
does not have are refused.
"""
import base64
import json
import sys


def with_base64_ids(node):
    if isinstance(node, list):
        return [with_base64_ids(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {key: base64.b64encode(bytes.fromhex(each)).decode() if key in ("traceId", "spanId", "parentSpanId") else with_base64_ids(each) for key, each in node.items()}


def main():
    from google.protobuf import json_format
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    request = json_format.ParseDict(with_base64_ids(json.load(sys.stdin)), ExportTraceServiceRequest(), ignore_unknown_fields=False)
    for resource in request.resource_spans:
        service = {each.key: each.value.string_value for each in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                assert len(span.trace_id) == 16 and len(span.span_id) == 8 and len(span.parent_span_id) in (0, 8)
                assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
                print(json.dumps({"service": service["service.name"], "environment": service["deployment.environment.name"], "name": span.name, "kind": span.kind,
                                  "trace": span.trace_id.hex(), "span": span.span_id.hex(), "parent": span.parent_span_id.hex(), "failed": span.status.code == 2}))


if __name__ == "__main__":
    main()
