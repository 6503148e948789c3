# The most frequent words of a text on standard input: TOP=5 shows five of them.
{
    line = tolower($0)
    gsub(/[^a-z']+/, " ", line)
    words = split(line, word, " ")
    for (i = 1; i <= words; i++) { count[word[i]]++; total++ }
}

END {
    top = "TOP" in ENVIRON ? ENVIRON["TOP"] : 8
    for (each in count) different++
    printf "%d words, %d different\n", total, different
    for (place = 1; place <= top && different-- > 0; place++) {
        best = ""
        # Words that are equally frequent come in the order of the alphabet, whatever order awk goes through them in.
        for (each in count)
            if (best == "" || count[each] > count[best] || (count[each] == count[best] && each < best)) best = each
        printf "%4d  %s\n", count[best], best
        delete count[best]
    }
}
