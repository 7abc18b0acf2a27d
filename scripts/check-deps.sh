#!/bin/bash
# Who may include what. The arrows go one way: fcgi, worker and cli use common;
# nobody uses them. Each foreign header stays in few files.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t files < <(find common fcgi worker cli -name '*.[ch]' | sort)
exec perl - "${files[@]}" <<'PERL'
use strict;
use warnings;

# Files, what of our own they may include. First match counts.
my @own = (
	['^common/', '^common/'],
	['^fcgi/', '^(common|fcgi)/'],
	['^cli/', '^(common|cli)/'],
	['^worker/main\.c$', '^(common|worker)/'],
	['^worker/handlers/', '^(common/|worker/handlers/'
	    . '|worker/(handler|pgconn|retry_after|transfer)\.h)'],
	['^worker/assistant/', '^(common/|worker/assistant/|worker/handlers/llm'
	    . '|worker/(handler|pgconn|transfer)\.h)'],
	['^worker/', '^(common/|worker/[^/]+$)'],
);

# Foreign headers, the only files that may include them.
my %foreign = (
	'fcgiapp\.h|fcgi_stdio\.h|fcgi_config\.h' => '^fcgi/',
	'curl/.*' => '^worker/transfer\w*\.[ch]$|^worker/main\.c$',
	'jwt\.h' => '^(fcgi/identity|cli/token)\.c$',
	'ini\.h' => '^(common/conf\w*|worker/assistant/personas)\.c$',
	'uv\.h' => '^worker/',
	'cmark\.h|libxml/.*' => '^cli/',
);
my $bad = 0;

for my $file (@ARGV) {
	my ($rule) = grep { $file =~ /$_->[0]/ } @own;
	open(my $in, '<', $file) or die "$file: $!\n";
	while (<$in>) {
		if (/^\s*#\s*include\s+"([^"]+)"/ && $1 !~ /$rule->[1]/) {
			print "$file:$.: may not include \"$1\"\n";
			$bad = 1;
		}
		next unless /^\s*#\s*include\s+<([^>]+)>/;
		my $name = $1;
		for my $header (keys %foreign) {
			next if $name !~ /^(?:$header)$/;
			next if $file =~ /$foreign{$header}/;
			print "$file:$.: may not include <$name>\n";
			$bad = 1;
		}
	}
}
exit $bad;
PERL
