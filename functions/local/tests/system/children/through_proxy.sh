#!/bin/sh
# Runs a function whose calls to tables and queues go through a door of its own, named after the function
# and its process: exec keeps the number.
export AWS_ENDPOINT_URL_DYNAMODB="$AWS_ENDPOINT_URL_DYNAMODB/$2.$$"
export AWS_ENDPOINT_URL_SQS="$AWS_ENDPOINT_URL_SQS/$2.$$"
exec "$PROXIED_PROGRAM" "$@"
