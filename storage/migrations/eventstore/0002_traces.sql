-- Operations are found by the trace id of whoever began them: one entry for each operation, not for each message.
CREATE INDEX trace_begun ON trace (substr(traceparent, 4, 32)) WHERE traceparent <> '';
