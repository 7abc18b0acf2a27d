/* One job in the queue as the SQL moves it: a row in ready, scheduled, lease or
 * result, never in two. A SQL function is one atomic step, since it holds its
 * row locks to its commit, but for those that look first and lock later (sweep)
 * or look in several places one after the other (cancel). Clients, two workers,
 * two sweepers and the clock run at any speed; workers die at any point, and a
 * bell is lost as easily as heard.
 *
 * Checked: the assertions (spin -run -DSAFETY), and that each acknowledged job
 * ends (ltl ends). Every name under an #ifdef is a mistake that the queue does
 * not make; scripts/check-model.sh proves that each would be noticed. */
#define MAX   2			/* attempts of a job */
#define BEATS 1			/* renewals until an attempt's deadline */
#define TOKS  (MAX + 2)		/* claims at most, with one release; from 1 */

mtype = { none, completed, failed, cancelled, retry, lost };
mtype = { own, worker_lost, effects_failed };

/* The rows */
bool ready, sched, leased;
byte att;			/* of the ready or scheduled row */
byte ltok, latt, life, beats;	/* of the lease; life 2 fresh .. 0 run out */
mtype status = none, rcode = none;	/* of the result */
byte rtok;
mtype fcode[TOKS];		/* attempt_failure, by token */
byte token_seq;
bool below;			/* its seq is below the workers' cursors */

/* What only the model knows */
bool committed, acked, bell, released;
byte effects, holder;
mtype wrote[TOKS];		/* what the attempt of a token has stored */

#define FINAL (status != none)

inline check()
{
	assert(!committed || ready + sched + leased + FINAL == 1);
	assert(!(ready || sched) || att < MAX);	/* CHECK of both tables */
	assert(!leased || latt <= MAX);
	assert(effects == (status == completed))
}

inline end_job(s, t, c)
{
	assert(!FINAL);		/* primary key of result */
	status = s; rtok = t; rcode = c
}

inline make_ready(a)
{
	ready = 1; att = a;
	if :: below = 0 :: below = 1 fi;
	bell = 1
}

/* Settles the attempt of token t. v is the verdict. */
inline settle(t, outcome, v)
{
	atomic {
		if
#ifdef NOFENCE
		:: leased ->
#else
		:: leased && ltok == t ->
#endif
			assert(holder == _pid && ltok == t);
			leased = 0; v = outcome;
			if
			:: outcome == completed ->
#ifdef HOOKAPART
				end_job(completed, t, none); wrote[t] = v
#else
				if
				:: effects++; end_job(completed, t, none);
					wrote[t] = v
				:: v = retry; fcode[t] = effects_failed
				fi
#endif
			:: else -> fcode[t] = own
			fi;
			if
			:: v == retry ->
				if
#ifdef RETRYOVER
				:: sched = 1; att = latt
#else
				:: latt < MAX -> sched = 1; att = latt
				:: else -> v = failed
#endif
				fi
			:: else
			fi;
#ifdef COUNTLATE
			att = att + 1;
#endif
			if
			:: v == failed -> end_job(failed, t, fcode[t])
			:: else
			fi;
			wrote[t] = v; check()
		:: else -> answer_again(t, outcome, v)
		fi
	}
}

/* No lease has this token: what was its end? */
inline answer_again(t, outcome, v)
{
	if
	:: status == cancelled && rtok == t -> v = cancelled
	:: status == completed && rtok == t && outcome == completed ->
		v = completed
#ifdef NOCODE
	:: status == failed && rtok == t && outcome == failed ->
#else
	:: status == failed && rtok == t && outcome == failed &&
	    rcode == own ->
#endif
		v = failed
#ifdef NOEFFECTSCODE
	:: outcome == retry && fcode[t] == own ->
#else
	:: (outcome == retry && fcode[t] == own) ||
	    (outcome == completed && fcode[t] == effects_failed) ->
#endif
		if
		:: status == failed && rtok == t -> v = failed
		:: else -> v = retry
		fi
	:: else -> v = lost
	fi;
	/* Whoever is told a verdict of his own has written it. */
	assert(v == cancelled || (v == lost) == (wrote[t] == 0));
	assert(v == cancelled || v == lost || v == wrote[t])
}

inline claim()
{
#ifdef DOUBLECLAIM
	ready ->		/* looks without locking */
#endif
	atomic {
#ifdef DOUBLECLAIM
		true ->
#else
		ready ->
#endif
#ifdef NOPOLL
		bell ->		/* trusts the bell alone */
#endif
#ifdef CURSORONLY
		!below ->	/* never claims without a cursor */
#endif
		bell = 0;
		assert(!leased && !FINAL);
		ready = 0; leased = 1; life = 2; beats = 0;
#ifdef COUNTLATE
		latt = att;
#else
		latt = att + 1;
#endif
#ifdef TOKENISATTEMPT
		ltok = latt;
#else
		token_seq++; ltok = token_seq;
#endif
		assert(token_seq <= MAX + released);
		my = ltok; holder = _pid;
		check()
	}
}

active [2] proctype Worker()
{
	byte my;
	mtype outcome, v, w;
end:
	claim();
	do
	:: atomic {		/* heartbeat, also of a lease run out */
		leased && ltok == my ->
#ifdef NODEADLINE
		life = 2
#else
		if :: beats < BEATS -> beats++; life = 2 :: else fi;
		break
#endif
	   }
	:: atomic {		/* write_event */
		if :: leased && ltok == my -> assert(holder == _pid)
		:: else fi;
		break
	   }
	:: atomic { my = 0; goto end }	/* kill -9 */
	od;
	if
	:: outcome = completed
	:: outcome = failed
	:: outcome = retry
	:: atomic {		/* drained: the attempt is handed back */
		!released ->
		if
		:: leased && ltok == my ->
			released = 1;
#ifndef RELEASEKEEP
			leased = 0;
#endif
#ifdef NOREFUND
			make_ready(latt);
#else
			make_ready(latt - 1);
#endif
			check()
		:: else
		fi;
		outcome = completed	/* and its outcome comes late */
	   }
	fi;
#ifdef HOOKAPART
	atomic { if :: leased && ltok == my -> effects++ :: else fi };
#endif
	settle(my, outcome, v);
	if
	:: true			/* the answer did not come: again */
	:: atomic { my = 0; v = 0; goto end }
	fi;
	settle(my, outcome, w);
	atomic {
		assert(v == w);
		my = 0; v = 0; w = 0; goto end
	}
}

active [2] proctype Sweeper()
{
	byte seen;
end:
	atomic { leased && life == 0 -> seen = ltok };
	atomic {
		if
#ifdef BLINDSWEEP
		:: leased ->
#else
		:: leased && life == 0 && ltok == seen ->
#endif
			assert(life == 0);
			if
			:: latt < MAX ->
				leased = 0; fcode[ltok] = worker_lost;
				make_ready(latt)
#ifdef STUCK
			:: else	/* nobody takes up the last attempt */
#else
			:: else ->
				leased = 0; fcode[ltok] = worker_lost;
				end_job(failed, ltok, worker_lost)
#endif
			fi;
			check()
		:: else
		fi;
		seen = 0;
		goto end
	}
}

active proctype Promoter()
{
end:	atomic { sched -> sched = 0; make_ready(att); check(); goto end }
}

/* Looks at one place after the other, each in a statement of its own. */
active proctype Canceller()
{
	bool asked;
	if :: asked = 1 :: true fi;
end:	acked && asked;
again:
	atomic {
		if
		:: ready ->
#ifndef CANCELKEEP
			ready = 0;
#endif
			end_job(cancelled, 0, none); check(); goto done
		:: else
		fi
	};
	atomic {
		if
		:: sched ->
			sched = 0; end_job(cancelled, 0, none); check();
			goto done
		:: else
		fi
	};
	atomic {
		if
		:: leased ->
			leased = 0; end_job(cancelled, ltok, none); check();
			goto done
		:: else
		fi
	};
	if
	:: FINAL
#ifdef CANCELONCE
	:: else -> assert(false)	/* "no such job", and there is */
#else
	:: else -> goto again
#endif
	fi;
done:	skip
}

/* Inserts, commits or not, and only then tells the client. */
active proctype Client()
{
#ifdef ACKEARLY
	acked = 1;
#endif
	if
	:: atomic { committed = 1; make_ready(0); acked = 1; check() }
	:: true			/* rolled back: there is no job */
	fi
}

active proctype Clock()
{
end:	do
	:: atomic { leased && life > 0 -> life-- }
	:: atomic { bell -> bell = 0 }	/* nobody heard */
	od
}

ltl ends { [] (acked -> <> FINAL) }
