# A program that does not end, and starts another one that tries to outlive it: in a session of its own, so that
# killing this one, or its process group, would leave it running. The argument says how long it would sleep.
setsid sleep "$1" &
echo "started a grandchild that sleeps for $1 seconds; counting"
number=0
while :; do
    number=$((number + 1))
    echo "$number"
    sleep 0.5
done
