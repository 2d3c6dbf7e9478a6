#!/bin/sh
# Verifies this package with sha256sum and openssl 3 alone: sh verify.sh
# Whoever hands you a package can hand you another script as well: README.txt says how to do the same by hand.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"
custody=data/custody
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

digest_of() {
    sha256sum <"$1" | cut -c1-64
}

# Checks the signature of the one record in the file $1 and leaves its content in $work/content.
signed() {
    sed -n 's/^{"content":\(.*\),"signature":"[A-Za-z0-9+/=]*"}$/\1/p' "$1" | tr -d '\n' >"$work/content"
    sed -n 's/^{"content":.*,"signature":"\([A-Za-z0-9+/=]*\)"}$/\1/p' "$1" | tr -d '\n' |
        openssl base64 -d -A >"$work/signature"
    openssl pkeyutl -verify -pubin -inkey "$custody/public.pem" -rawin -in "$work/content" \
        -sigfile "$work/signature" >"$work/said" 2>&1 || fail "$2: the signature is wrong"
}

# 1. Every file is the one that was packed, and there are no others.
sha256sum -c --quiet --strict manifest-sha256.txt || fail "a file was changed or is missing"
sha256sum -c --quiet --strict tagmanifest-sha256.txt || fail "a file beside the data was changed or is missing"
find data ! -type d | sort >"$work/found"
cut -c67- manifest-sha256.txt | sort >"$work/listed"
cmp -s "$work/found" "$work/listed" || fail "data holds a file that the manifest does not list"

# 2. The entries of the case are signed, and all entries form one chain up to the signed head.
chain=
seq=
while IFS= read -r line; do
    case $line in
    '{"chain":'*)
        [ -z "$chain" ] || fail "the extract begins twice"
        chain=$(printf '%s\n' "$line" | sed -n 's/^{"chain":"\([0-9a-f]*\)","seq":[0-9]*}$/\1/p')
        seq=$(printf '%s\n' "$line" | sed -n 's/^.*,"seq":\([0-9]*\)}$/\1/p')
        continue
        ;;
    '{"digest":'*)
        digest=$(printf '%s\n' "$line" | sed -n 's/^{"digest":"\([0-9a-f]*\)","seq":[0-9]*}$/\1/p')
        ;;
    *)
        printf '%s' "$line" >"$work/line"
        digest=$(digest_of "$work/line")
        printf '%s\n' "$line" >"$work/record"
        signed "$work/record" "entry after $seq"
        grep -q "\"previous\":\"$chain\"" "$work/content" || fail "an entry after $seq does not follow"
        grep -q "\"seq\":$((seq + 1))}\$" "$work/content" || fail "an entry after $seq has another number"
        ;;
    esac
    seq=$((seq + 1))
    chain=$(printf '%s%s' "$chain" "$digest" | sha256sum | cut -c1-64)
done <"$custody/extract.jsonl"
signed "$custody/head.json" "the head"
grep -q "^{\"chain\":\"$chain\",\"count\":$seq,\"kind\":\"facewarden.custody.head\"," "$work/content" ||
    fail "the chain does not end at the head"

# 3. What is private in an entry is what was signed.
for file in "$custody"/private/*.json; do
    number=$(basename "$file" .json | sed 's/^0*//')
    grep -q "\"private\":{\"digest\":\"$(digest_of "$file")\",.*\"seq\":$number},\"signature\":" \
        "$custody/extract.jsonl" || fail "$file is not what was signed"
done

# 4. The original is the file that was taken when the case was opened.
opened=$(ls "$custody"/private/*.json | head -n 1)
for original in data/original/*; do
    grep -q "\"sha256\":\"$(digest_of "$original")\"" "$opened" || fail "$original is not the file that was taken"
done

# 5. The report is the one that was entered when this was packed, and it is on the original.
entered_in() {
    sed -n 's/^.*"report_sha256":"\([0-9a-f]*\)".*$/\1/p' "$1"
}
report=data/report.json
kept=$(entered_in "$opened")
packed=$(entered_in "$(ls "$custody"/private/*.json | tail -n 1)")
if [ -f "$report" ]; then
    [ "$(digest_of "$report")" = "$packed" ] || fail "the report is not the one that was packed"
    on=$(grep -oE '^\{"path":"([^"\\]|\\.)*","sha256":"[0-9a-f]{64}",' "$report" | sed 's/^.*"\([0-9a-f]*\)",$/\1/')
    for original in data/original/*; do
        [ "$on" = "$(digest_of "$original")" ] || [ -z "$on" ] || fail "the report is on another file"
    done
    # A file that could not be read when it was checked has a report without a digest: the first entry binds it.
    [ -n "$on" ] || [ "$packed" = "$kept" ] || fail "the report does not say on which file it is"
    if [ -n "$kept" ] && [ "$packed" != "$kept" ]; then
        echo "The report is another one than the one that was kept when the file was taken."
    fi
elif [ -n "$packed" ]; then
    fail "the report is missing"
fi

echo "This package is whole: the original is the file that was taken, and its custody was not altered."
echo "The log had $seq entries and ended with $chain."
echo "Compare the signing key with the one that the keeper of the vault tells you by another way:"
openssl pkey -pubin -in "$custody/public.pem" -outform DER | sha256sum | cut -c1-64
