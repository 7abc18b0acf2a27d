# shellcheck shell=bash disable=SC2034
# What scripts/server and scripts/with-postgres share: to run a private
# PostgreSQL cluster, as the user postgres when we are root, since PostgreSQL
# refuses root.

pg_bin=/usr/lib/postgresql/15/bin
if [[ ! -x $pg_bin/initdb ]] && command -v pg_config >/dev/null; then
	pg_bin=$(pg_config --bindir)
fi

# In front of a command: the user that owns cluster, web server and worker.
as_service=()
# In front of a command in the background: dies with us even if we are killed,
# no Ctrl-C from our terminal, signals as a program expects them.
as_child=(setsid setpriv --pdeathsig INT)
if ((EUID == 0)); then
	drop=(--reuid=postgres --regid=postgres --clear-groups)
	as_service=(setpriv "${drop[@]}" env HOME=/var/lib/postgresql)
	as_child+=("${drop[@]}")
fi
as_child+=(env --default-signal)

# Gives files to the user of the service.
give() {
	if ((EUID == 0)); then
		chown postgres:postgres "$@"
	fi
}

# Waits until a condition holds: wait_for SECONDS COMMAND...; polls each 50 ms.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

# Runs and not a zombie.
is_alive() {
	local stat
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
	stat=${stat##*) }
	[[ ${stat%% *} != Z ]]
}

is_gone() {
	! is_alive "$1"
}

# make_cluster DIRECTORY SUPERUSER OPTION...: initdb in a directory of its own.
make_cluster() {
	local directory=$1 superuser=$2
	shift 2
	mkdir -m 700 "$directory"
	give "$directory"
	(cd / && "${as_service[@]}" "$pg_bin/initdb" -D "$directory" -U "$superuser" \
		-E UTF8 --locale=C.UTF-8 "$@") >/dev/null
}
