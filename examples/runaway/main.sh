# A program that does not end, and starts another one that tries to outlive it: in a session of its own, so that
# killing this one, or its process group, would leave it running. The argument is a number to know the other one by.
seconds="4321.${1:-0}"
setsid sleep "$seconds" &
echo "started a grandchild that sleeps for $seconds seconds; counting"
number=0
while :; do
    number=$((number + 1))
    echo "$number"
    sleep 0.5
done
