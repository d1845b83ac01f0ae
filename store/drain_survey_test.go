package store_test

import (
	"fmt"
	"testing"

	"roadline/fmc"
	"roadline/store"
	"roadline/store/storetest"
)

// othersThere are the connections of others to a database. What they counted stands in its statistics once they are gone.
const othersThere = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"

// TestATableThatFillsFastIsNotWalked has messages come at once, as on a server that was just set up: what PostgreSQL made of
// the tables as they were before must not hold for what is in them then.
func TestATableThatFillsFastIsNotWalked(t *testing.T) {
	const went, come = 400, 1500
	for _, x := range []struct {
		name   string
		before int // messages that came before
		most   int // rows that are walked through for each that comes
	}{{"empty until then", 0, 100}, {"of a page until then", 20, 1400}} {
		t.Run(x.name, func(t *testing.T) {
			dsn := storetest.DSN(t)
			s := storetest.OpenAt(t, dsn)
			apply(t, s, company("acme"), 0)
			j, left := openLog(t, t.TempDir())
			d := s.Drain(j.Log, left, store.DrainOptions{Batch: 100, Linger: quick.Linger, Directory: oneCompany{withProgram()}})
			stop := startDrain(t, d)
			var out []fmc.Fact
			for range went {
				out = append(out, byCentre("acme", newMessage(), "", 0, fmc.MessageFailed)...)
			}
			keep(t, j, out...)
			keep(t, j, cameToProgram(x.before)...)
			awaitDrained(t, d, j)
			if x.before > 0 {
				execute(t, dsn, "analyze message, message_in, message_out, program_delivery") // as autovacuum does, but not of an empty table
			}
			keep(t, j, cameToProgram(come)...)
			awaitDrained(t, d, j)
			given := 0
			for all := takes(t, s, "acme"); len(all) > 0; all = takes(t, s, "acme") {
				given += len(all)
				settles(t, s, all, fmc.DeliveryDone)
			}
			if given != x.before+come {
				t.Errorf("the program was given %d messages, not %d", given, x.before+come)
			}
			stop()
			s.Close()
			await(t, "all connections are gone", func() bool { return query[int](t, dsn, othersThere) == 0 })
			for _, table := range []string{"message", "message_in", "message_out", "program_delivery"} {
				rows := query[int](t, dsn, fmt.Sprintf("select seq_tup_read from pg_stat_user_tables where relname = '%s'", table))
				if rows > x.most*come {
					t.Errorf("%d rows of %s were walked through for %d messages", rows, table, come)
				}
			}
		})
	}
}

// cameToProgram are messages that came to a number of a program.
func cameToProgram(n int) []fmc.Fact {
	facts := make([]fmc.Fact, n)
	for i := range facts {
		id := newMessage()
		p := part(i%60, 0, 0, 0, string(id))
		p.SIM, p.Centre, p.Number = "", "mts", russian(numberOf("acme"))
		facts[i] = about("acme", id, p)
	}
	return facts
}
