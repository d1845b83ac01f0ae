package house_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/gsmgw/smpp/smpptest"
	"roadline/store"
	"roadline/store/storetest"
)

// wireStorm is a node between a message centre and a program, both the test's own, that is killed and whose links are cut
// while messages go both ways.
type wireStorm struct {
	t       *testing.T
	data    string
	child   *housetest.Child
	tenant  *store.Tenant
	address string // where programs bind
	secret  store.ProgramSecret
	pass    string
	losses  int // moments at which a far side may have had what was on its way and nobody knows

	centre, program *smpptest.Far

	mu       sync.Mutex        // guards:
	sent     map[string]string // by text, what the program was told its message is called; "": it was told nothing
	reached  map[string]int    // by text, how often the centre was given it
	came     map[string]int    // by text, how often the program was given it
	receipts map[string]int    // by message, how often the program was told of its end
	taken    int               // messages that arrived at either end
}

// wireStormSize is how many messages go each way unless ROADLINE_TEST_SMPP asks for more, and how often everything happens.
func wireStormSize(t *testing.T) (size, rounds int) {
	text := os.Getenv("ROADLINE_TEST_SMPP")
	if text == "" {
		return 300, 1
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n, 4
}

const (
	stormOffice = "+74951234500"
	stormPerson = "+79161234567"
)

func newWireStorm(t *testing.T) *wireStorm {
	t.Helper()
	data, err := os.MkdirTemp("", "roadline-smpp-") // short: a unix socket's path is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	s := &wireStorm{
		t: t, data: data, address: fmt.Sprintf("127.0.0.1:%d", housetest.Ports(t)), sent: map[string]string{}, reached: map[string]int{},
		came: map[string]int{}, receipts: map[string]int{},
	}
	s.centre = &smpptest.Far{Take: s.atCentre, Repeats: true}
	s.program = &smpptest.Far{Take: s.atProgram}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(data, "centre-secret")
	if err := os.WriteFile(secret, []byte("pass"), 0o600); err != nil {
		t.Fatal(err)
	}
	dsn := storetest.DSN(t)
	town := housetest.Start(t, housetest.Setup{
		Data: data, DSN: dsn, Company: strings.ReplaceAll(strings.ReplaceAll(smppCompany, "+74951234567", stormOffice), "rate: 1000", "rate: 10000"),
		Extra: fmt.Sprintf(`
smpp:
  listen: [%q]
  centres:
    - {id: mts, address: %q, system_id: acme, password_file: %q, country: RU, grants: [{company: acme, numbers: [%q]}]}
`, s.address, l.Addr(), secret, stormOffice),
	})
	town.Close()
	s.tenant = storetest.OpenAt(t, dsn).For("acme")
	if s.secret, s.pass, err = s.tenant.MakeProgramSecret(t.Context(), "crm", "test"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var ends sync.WaitGroup
	ends.Go(func() { s.centre.Serve(ctx, l) })
	ends.Go(func() { s.program.Bind(ctx, s.address, s.secret.SystemID, s.pass) })
	t.Cleanup(func() { cancel(); ends.Wait() })
	return s
}

// atCentre takes a message at the centre, which sends a receipt of it.
func (s *wireStorm) atCentre(m smpptest.Short) (id string, more []smpptest.Asking) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken++
	s.reached[m.Text]++
	id = fmt.Sprintf("%x-%d", m.Text, s.reached[m.Text])
	receipt := smpptest.Short{From: m.To, To: m.From, Class: smpptest.Receipt, Text: smpptest.DeliveredText(id)}
	return id, []smpptest.Asking{{Command: smpptest.DeliverSM, Short: receipt}}
}

// atProgram takes a message, or a receipt, at the program.
func (s *wireStorm) atProgram(m smpptest.Short) (string, []smpptest.Asking) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, state, is := smpptest.ReadReceipt(m.Text)
	switch {
	case m.Class&0x3c == smpptest.Plain:
		s.taken++
		s.came[m.Text]++
	case is && (state == "DELIVRD" || state == "UNKNOWN"):
		s.receipts[id]++
	default:
		s.t.Errorf("the program was told %q", m.Text)
	}
	return "", nil
}

// begin has everything asked, of the program and of the centre.
func (s *wireStorm) begin(size int) {
	out, in := make([]smpptest.Asking, size), make([]smpptest.Asking, size)
	for n := range size {
		text := fmt.Sprintf("out %d", n)
		s.sent[text] = ""
		out[n] = smpptest.Asking{Command: smpptest.SubmitSM, Short: smpptest.Short{From: stormOffice[1:], To: stormPerson[1:], Text: text}, Told: func(id string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.sent[text] = id
		}}
		in[n] = smpptest.Asking{Command: smpptest.DeliverSM, Short: smpptest.Short{From: stormPerson[1:], To: stormOffice[1:], Text: fmt.Sprintf("in %d", n)}}
	}
	s.program.Wants(out...)
	s.centre.Wants(in...)
}

// awaits waits until so many messages have arrived at either end.
func (s *wireStorm) awaits(count int) {
	s.t.Helper()
	s.until(fmt.Sprint(count, " messages to arrive"), func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.taken >= count
	})
}

// until waits until something is so.
func (s *wireStorm) until(what string, is func() bool) {
	s.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	end := time.After(calm)
	for !is() {
		select {
		case <-tick.C:
		case <-end:
			s.t.Fatalf("it takes too long for %s: at the centre %v, at the program %v, %d journals, %d queued, %d without a receipt, %d not told\n%s", what, s.centre.Idle(),
				s.program.Idle(), undrained(s.t, s.data), s.left(fmc.MessageQueued), s.left(fmc.MessageSent), len(s.deliveries(fmc.DeliveryWaiting, fmc.DeliveryOut)), s.child.Said())
		}
	}
}

// TestNoSMPPMessageIsLostOrDoubledInAStorm has a program and a message centre send through a house that is killed and whose
// links to both are cut with messages on them.
func TestNoSMPPMessageIsLostOrDoubledInAStorm(t *testing.T) {
	t.Parallel()
	s := newWireStorm(t)
	size, rounds := wireStormSize(t)
	s.child = housetest.StartChild(t, s.data)
	began := time.Now()
	s.begin(size)
	blows := []func(){s.centre.Cut, func() { s.child.Kill(); s.child = housetest.StartChild(t, s.data) }, s.program.Cut}
	for n := range rounds * len(blows) {
		s.awaits((n + 1) * size / (rounds*len(blows) + 2)) // of twice as many: there is traffic yet
		s.losses++
		blows[n%len(blows)]()
	}
	s.settle(size)
	t.Logf("%d each way: %v", size, time.Since(began))
	s.judge(size)
}

// settle waits until all that was asked is answered, and nothing waits in the house any more.
func (s *wireStorm) settle(size int) {
	s.t.Helper()
	s.until("everything to be asked and answered", func() bool { return s.centre.Idle() && s.program.Idle() })
	s.until("everything to be over", func() bool {
		return s.centre.Idle() && undrained(s.t, s.data) <= 1 && s.left(fmc.MessageQueued)+s.left(fmc.MessageSent) == 0 &&
			len(s.deliveries(fmc.DeliveryWaiting, fmc.DeliveryOut)) == 0 && s.told() && s.stand() >= size
	})
}

// told reports that the program was told what became of everything that it knows a name of.
func (s *wireStorm) told() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.sent {
		if id != "" && s.receipts[id] == 0 {
			return false
		}
	}
	return true
}

// stand is how many messages that came stand in PostgreSQL: they do a moment after they were answered.
func (s *wireStorm) stand() (n int) {
	s.t.Helper()
	for _, l := range everyMessage(s.t, s.tenant) {
		if l.In {
			n++
		}
	}
	return n
}

func (s *wireStorm) left(state fmc.MessageState) int {
	s.t.Helper()
	lines, err := s.tenant.Messages(s.t.Context(), store.MessageFilter{State: state, Limit: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	return len(lines)
}

func (s *wireStorm) deliveries(states ...fmc.DeliveryState) []store.ProgramDelivery {
	s.t.Helper()
	all, err := s.tenant.ProgramDeliveries(s.t.Context(), states)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// judge counts.
func (s *wireStorm) judge(size int) {
	t := s.t
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	doubted := map[fmc.MessageID]bool{}
	for _, d := range s.deliveries(fmc.DeliveryUncertain) {
		doubted[d.Message] = true
	}
	in, out, uncertain := map[string]int{}, map[string]store.MessageLine{}, 0
	for _, l := range everyMessage(t, s.tenant) {
		if l.In {
			in[l.Text]++
			if came := s.came[l.Text]; came > 1 || came == 0 && !doubted[l.ID] {
				t.Errorf("%q was given to the program %d times, in doubt: %v", l.Text, came, doubted[l.ID])
			}
			continue
		}
		if _, twice := out[l.Text]; twice {
			t.Errorf("%q was accepted twice", l.Text)
		}
		out[l.Text] = l
		if l.State == fmc.MessageUncertain {
			uncertain++
		}
	}
	s.judgeOut(size, out)
	for n := range size {
		if text := fmt.Sprintf("in %d", n); in[text] != 1 {
			t.Errorf("%q stands there %d times", text, in[text])
		}
	}
	t.Logf("uncertain: %d at the centre, %d at the program", uncertain, len(doubted))
	if most := s.losses * 64; uncertain > most || len(doubted) > most {
		t.Errorf("more are uncertain than can have been on their way: %d", most)
	}
	if wrong := append(s.centre.Wrong(), s.program.Wrong()...); len(wrong) > 0 {
		t.Errorf("refused for good were %d, with %#x", len(wrong), wrong[0])
	}
}

// judgeOut looks for what became of every message of the program.
func (s *wireStorm) judgeOut(size int, out map[string]store.MessageLine) {
	s.t.Helper()
	for n := range size {
		text := fmt.Sprintf("out %d", n)
		l, kept := out[text]
		id, reached := s.sent[text], s.reached[text]
		switch {
		case reached > 1:
			s.t.Errorf("%q was given to the centre %d times", text, reached)
		case id != "" && string(l.ID) != id:
			s.t.Errorf("%q was taken as %s, and is %q", text, id, l.ID)
		case !kept && reached > 0:
			s.t.Errorf("%q reached the centre and is not kept", text)
		case kept && l.State != fmc.MessageUncertain && (l.State != fmc.MessageDelivered || reached != 1):
			s.t.Errorf("%q is %s, and reached the centre %d times", text, l.State, reached)
		case id != "" && s.receipts[id] == 0:
			s.t.Errorf("the program was not told what became of %q, %s", text, l.State)
		}
	}
}
