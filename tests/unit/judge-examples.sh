#!/bin/sh
# Runs the examples of "sekishoctl judge" in README.md and sekishoctl(8) as they stand there, on small
# recordings of the names that they mention. Fails when one fails, or when there is none.
set -u

top=$(cd "${top_srcdir:-${srcdir:-.}}" && pwd)
tool=$(pwd)/resolver/sekishoctl
work=$(mktemp -d /tmp/sekisho-examples-XXXXXX) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99

# The recordings, and commands that stand for those of a network.
mkdir bin log
cat >bin/sekishoctl <<END
#!/bin/sh
exec "$tool" -c none "\$@"
END
cat >bin/tcpdump <<END
#!/bin/sh
cat "$work/capture.pcap"
END
chmod +x bin/sekishoctl bin/tcpdump
PATH=$work/bin:$PATH
client='22-Nov-2026 08:15:30.250 client @0x1 192.0.2.1#9'
echo "$client (a.example): query: a.example IN A +" >log/queries.log
echo "$client (b.example): query: b.example IN A +" >log/queries.log.0
echo 'Nov 22 08:15:30 dnsmasq[1]: query[A] a.example from 192.0.2.1' | gzip >pihole.log.2.gz
cp pihole.log.2.gz pihole.log.3.gz
echo '{"ts":1,"id.orig_h":"192.0.2.1","query":"a.example","qtype":1}' >dns.log
echo 'a.example 2 # known' >own.list
# One packet of raw IP: 192.0.2.1 asks 192.0.2.53 for a.example.
printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\145\0\0\0' >capture.pcap
printf '\0\0\0\145\0\0\0\0\67\0\0\0\67\0\0\0' >>capture.pcap
printf '\105\0\0\67\0\1\0\0\100\21\0\0\300\0\2\1\300\0\2\65' >>capture.pcap
printf '\17\240\0\65\0\43\0\0\0\7\1\0\0\1\0\0\0\0\0\0' >>capture.pcap
printf '\1a\7example\0\0\1\0\1' >>capture.pcap

sed -n 's/^\.Dl \(.*sekishoctl.* judge .*\)$/\1/p' "$top/doc/man/sekishoctl.8" >examples
sed -n '/^```/,/^```/s/ *#.*//; /^[a-z].* judge [^`]*$/p' "$top/README.md" |
	grep -E '^(sekishoctl|zcat|tcpdump) .*judge' >>examples
failures=0
count=0
while IFS= read -r example; do
	case $example in *jq*) command -v jq >/dev/null || example="${example%jq*}grep zones" ;; esac
	count=$((count + 1))
	example=$(echo "$example" | sed 's|/var/log/named/|log/|g')
	if sh -c "$example" >out 2>err && [ ! -s err ] &&
		{ [ "${example#*--json}" != "$example" ] || grep -Eq '^[1-9][0-9]* questions? of' out; }; then
		echo "ok: $example"
	elif grep -q 'without libpcap' err; then
		echo "no libpcap: $example"
	else
		echo "fails: $example"
		cat out err
		failures=$((failures + 1))
	fi
done <examples
grep -q 'Timeline' week.html 2>/dev/null || failures=$((failures + 1))
echo "$count examples, $failures failures"
[ "$count" -ge 8 ] && [ "$failures" -eq 0 ]
