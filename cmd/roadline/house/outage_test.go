package house_test

import (
	"os"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/store/storetest"
)

// outage is how long PostgreSQL is away while calls come: shorter than the minute of the promise, unless
// ROADLINE_TEST_OUTAGE asks for more.
func outage(t *testing.T) time.Duration {
	text := os.Getenv("ROADLINE_TEST_OUTAGE")
	if text == "" {
		return 20 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestPostgreSQLIsAwayAndNoCallIsRefusedLostOrUnrecorded has calls come while the server is stopped, and while it is
// frozen.
func TestPostgreSQLIsAwayAndNoCallIsRefusedLostOrUnrecorded(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]struct{ away, back func(*storetest.Server) }{
		"stopped": {(*storetest.Server).Stop, (*storetest.Server).Start},
		"frozen":  {(*storetest.Server).Freeze, (*storetest.Server).Thaw},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := storetest.NewServer(t)
			town := housetest.Start(t, housetest.Setup{Company: crew, DSN: server.DSN()})
			housetest.SIPp(t, housetest.Run{Scenario: "answer", Port: town.Carrier, Answers: 100 * time.Millisecond, Hangs: time.Minute, Echo: true})
			long := outage(t)
			calls := int(long/time.Second) + 10 // some before, some after
			clients := callers(t, town, calls, 1)
			town.Await("the first calls", func() bool { return len(town.Seen()) > 2 })
			way.away(server)
			//lint:ignore forbid the conversation lasts: nothing signals that it has
			<-time.After(long)
			if n := len(town.Seen()); n < calls/2 {
				t.Errorf("%d calls came while the database was away: this shows little", n)
			}
			way.back(server)
			clients.Wait() // SIPp fails where one was refused
			judgeOutage(t, town, calls)
		})
	}
}

// callers has clients call, so many a second, each for two seconds.
func callers(t *testing.T, town *housetest.Town, calls, rate int) *housetest.Peer {
	t.Helper()
	return housetest.SIPp(t, housetest.Run{
		Scenario: "client", To: town.SIP.String(), Number: "+74951234567", From: "+79120000001", Hangs: 2500 * time.Millisecond,
		Calls: calls, Rate: rate, Echo: true, Args: []string{"-timeout", "600"},
	})
}

// judgeOutage looks for every call's one record and recording.
func judgeOutage(t *testing.T, town *housetest.Town, calls int) {
	t.Helper()
	records := town.Records("acme", calls)
	if len(records) != calls || len(town.Seen()) != calls {
		t.Fatalf("%d calls, %d seen, %d records", calls, len(town.Seen()), len(records))
	}
	seen := map[fmc.CallID]bool{} // the calls that there were, without a record yet
	for _, c := range town.Seen() {
		seen[c.ID] = true
	}
	for _, r := range records {
		delete(seen, r.ID)
		if r.Status != fmc.StatusAnswered || r.Recording.State != fmc.TapeReady || r.Recording.Kept == nil {
			t.Errorf("%s from %s is %s, its recording %s: %v", r.ID, r.Opened.From.E164, r.Status, r.Recording.State, r.Cause)
			continue
		}
		housetest.Opens(t, town.File(r))
	}
	if len(seen) > 0 {
		t.Errorf("calls without a record: %v", seen)
	}
}

func TestAHouseThatStartsWithoutPostgreSQLTakesCallsAndDrainsThemLater(t *testing.T) {
	t.Parallel()
	const calls = 6
	server := storetest.NewServer(t)
	town := housetest.Start(t, housetest.Setup{Company: crew, DSN: server.DSN()})
	housetest.SIPp(t, housetest.Run{Scenario: "answer", Port: town.Carrier, Answers: 100 * time.Millisecond, Hangs: time.Minute, Echo: true})
	town.Close()
	server.Stop()
	town.Open()
	callers(t, town, calls, 2).Wait()
	server.Start()
	judgeOutage(t, town, calls)
}
