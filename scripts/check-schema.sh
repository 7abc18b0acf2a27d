#!/bin/bash
# common/schema.h names the newest migration of each component, migrations are
# numbered without gaps, and every function that runs with its owner's rights
# pins its search_path.
set -euo pipefail
cd "$(dirname "$0")/.."

bad=0
for component in queue llm assistant; do
	needs=$(sed -n "s/^#define SCHEMA_${component^^} //p" common/schema.h)
	newest=0
	for file in sql/"$component"/[0-9]*.sql; do
		number=$(basename "$file" | sed 's/_.*//; s/^0*//')
		if ((number != newest + 1)); then
			echo "$file: number $((newest + 1)) was expected"
			bad=1
		fi
		newest=$number
	done
	if [[ $needs != "$newest" ]]; then
		echo "common/schema.h: $component is $needs, newest is $newest"
		bad=1
	fi
done

# shellcheck disable=SC2016 # Perl's variables
find sql -name '*.sql' -print0 | sort -z | xargs -0 perl -e '
	my $bad = 0;
	for my $file (@ARGV) {
		open(my $in, "<", $file) or die "$file: $!\n";
		my $text = do { local $/; <$in> };
		while ($text =~ /^(CREATE\b[^;\$]*?\bFUNCTION\s+([\w.]+).*?)\$\w*\$/gms) {
			my ($head, $name) = ($1, $2);
			next if $head !~ /SECURITY\s+DEFINER/i;
			next if $head =~ /SET\s+search_path/i;
			print "$file: $name has SECURITY DEFINER and no search_path\n";
			$bad = 1;
		}
	}
	exit $bad;' || bad=1
exit "$bad"
