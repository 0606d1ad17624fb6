"""The door between the two rooms: wire format, outbox, publishing, consuming, the embedded Valkey."""
