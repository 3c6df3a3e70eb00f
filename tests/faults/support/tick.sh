#!/bin/sh
# A run that writes down its own beginning and end, with the clock of the machine, and tells of its steps in between.
log="$RUN_LOG_FOLDER/$PIPELINE_ATTEMPT"
now() { date +%s%3N; }
trap 'trap "" TERM; echo "end $(now)" >> "$log"; exit 143' TERM
echo "start $(now)" >> "$log"
# between half a second and one and a half, by the attempt's own number
steps=$((5 + 0x$(printf %.2s "$PIPELINE_ATTEMPT") % 10))
step=0
while [ "$step" -lt "$steps" ]; do
  step=$((step + 1))
  echo "@pipeline {\"phase\":\"training\",\"step\":$step,\"loss\":$((100 - step)),\"checkpoint\":$step}"
  sleep 0.1
done
trap "" TERM
echo "end $(now)" >> "$log"
