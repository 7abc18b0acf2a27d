#!/bin/bash
# House rules that a pattern can hold: banned functions, sizes of files and
# functions, white space. Comments and strings do not count as code.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t files < <(find common fcgi worker cli -name '*.[ch]' | sort)
exec perl - "${files[@]}" <<'PERL'
use strict;
use warnings;

my ($c_max, $h_max, $function_max) = (420, 120, 60);

# Function, files where it is allowed all the same, what to use instead.
my @banned = (
	['strcpy|strcat|sprintf|vsprintf|gets|stpcpy', '', 'buf_*'],
	['strtok|sscanf|atoi|atol|atoll|atof', '', 'text_*'],
	['alloca|system|popen|rand|srand|random', '', 'nothing like it'],
	['localtime|gmtime|asctime|ctime', '', 'the _r form'],
	['sleep|usleep', '', 'a wait for a condition'],
	['PQexec', '^common/pg', 'parameters'],
	['PQescape\w+', '', 'parameters'],
	['curl_easy_perform', '', 'the multi interface'],
	['getenv|secure_getenv', '^common/conf', 'a key of the configuration'],
	['malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf',
	    '^common/(mem\.c|attrs\.h)$', 'mem_*'],
	['printf|puts|putchar', '^(cli/|common/conf|\w+/(main|check|version)\.c$)',
	    'log_event or reply_*'],
);
my $bad = 0;

sub complain { my ($file, $line, $what) = @_; print "$file:$line: $what\n"; $bad = 1; }

for my $file (@ARGV) {
	open(my $in, '<', $file) or die "$file: $!\n";
	my $text = do { local $/; <$in> };
	my $lines = ($text =~ tr/\n//);
	my $max = $file =~ /\.h$/ ? $h_max : $c_max;
	complain($file, $lines, "$lines lines, $max at most") if $lines > $max;
	complain($file, 1, 'starts without a comment on what it is')
	    unless $text =~ m{\A/\*} || -e ($file =~ s/c$/h/r);
	my $n = 0;
	for (split /\n/, $text) {
		$n++;
		complain($file, $n, 'white space at the end') if /\s$/;
		complain($file, $n, 'unfinished business') if /\b(TODO|FIXME|XXX)\b/;
		complain($file, $n, '// comment') if m{^\s*//};
	}
	# Blank out comments, strings and character constants, keep lines.
	$text =~ s{(/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+')}
	    {my $x = $1; $x =~ tr/\n//cd; $x =~ tr/\n/\n/; "\"$x\""}gse;
	my ($at, $start) = (0, 0);
	for (split /\n/, $text) {
		$at++;
		for my $rule (@banned) {
			my ($names, $where, $instead) = @$rule;
			next if $where ne '' && $file =~ /$where/;
			complain($file, $at, "$1 is banned; use $instead")
			    if /(?<![\w.>])($names)\s*\(/;
		}
		$start = $at if /^\{/;
		if (/^\}/ && $start) {
			my $long = $at - $start - 1;
			complain($file, $start,
			    "function of $long lines, $function_max at most")
			    if $long > $function_max && !/^\};/;
			$start = 0;
		}
	}
}
exit $bad;
PERL
