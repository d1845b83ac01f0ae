package smpp

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"

	"roadline/fmc"
)

// without is the company with something else about it.
func without(change func(*fmc.Company)) *fmc.Company {
	c := acme()
	change(c)
	return c
}

// puts adds a delivery, and has the next so many takes not answered.
func (s *shelf) puts(d fmc.Delivery, lost int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.N = 1
	s.all[1], s.state[1], s.lost = d, fmc.DeliveryOutcome{State: fmc.DeliveryWaiting}, lost
}

func anyReceipt() fmc.Delivery {
	at := time.Now()
	return fmc.Delivery{Company: "acme", Program: "crm", Message: "out", State: fmc.MessageDelivered, From: office, To: client, At: at, Done: at}
}

// answers reads what a program is asked, and says yes.
func answers(t *testing.T, conn net.Conn, want pdu.ID) {
	t.Helper()
	f := reads(t, conn)
	if f.id() != want {
		t.Fatalf("it was asked %v, not %v", f.id(), want)
	}
	writes(t, conn, bare(want|responseBit, statusOK, f.sequence()))
}

func TestWhatIsForASuspendedCompanyWaits(t *testing.T) {
	x := opened(t, Terms{}, acme())
	conn := bound(t, x.address, "crm", "secret")
	x.company.Store(without(func(c *fmc.Company) { c.Profile.Suspended = true }))
	answers(t, conn, pdu.UnbindID)
	d := anyReceipt()
	d.N = 1
	x.shelf.puts(d, 0)
	out := x.server.give(t.Context(), fmc.ProgramRef{Company: "acme", Program: "crm"}, []fmc.Delivery{d})
	if out[0].State != fmc.DeliveryWaiting {
		t.Errorf("while it is suspended it is %v", out[0])
	}
	x.company.Store(acme())
	answers(t, bound(t, x.address, "crm", "secret"), pdu.DeliverSMID)
	x.shelf.is(t, fmc.DeliveryDone)
}

func TestWhatIsForAProgramThatIsGoneFails(t *testing.T) {
	x := opened(t, Terms{}, without(func(c *fmc.Company) { c.Programs = c.Programs[1:] }), anyReceipt())
	bound(t, x.address, "slow", "secret")
	x.shelf.is(t, fmc.DeliveryFailed)
}

func TestWhatWasTakenWithoutAWordIsGivenYet(t *testing.T) {
	x := opened(t, Terms{}, acme())
	x.shelf.puts(anyReceipt(), 1)
	answers(t, bound(t, x.address, "crm", "secret"), pdu.DeliverSMID)
	x.shelf.is(t, fmc.DeliveryDone)
}

func TestWhatAnEarlierStartHadOutIsRecoveredHoweverLongThatTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shelf := newShelf()
		shelf.sick = 100
		NewServer(ServerOptions{Queue: shelf, Log: slog.New(slog.DiscardHandler)}).restore(t.Context())
		if shelf.sick != 0 {
			t.Errorf("it was given up with %d to go", shelf.sick)
		}
	})
}

func TestAProgramSharesOneRateAmongItsLinks(t *testing.T) {
	x := opened(t, Terms{}, without(func(c *fmc.Company) { c.Programs[1].Binds = 2 }))
	refused := 0
	links := []net.Conn{bound(t, x.address, "slow", "secret"), bound(t, x.address, "slow", "secret")}
	for n := range uint32(4) {
		f, err := short{source: addressOf(office), dest: addressOf(client), data: []byte("hello")}.write(pdu.NewSubmitSM(nil))
		if err != nil {
			t.Fatal(err)
		}
		writes(t, links[n%2], f.numbered(n+7))
		if reads(t, links[n%2]).status() == statusThrottled {
			refused++
		}
	}
	if refused == 0 {
		t.Error("four of four went at two a second")
	}
	who := fmc.ProgramRef{Company: "acme", Program: "slow"}
	if state, all := x.server.States("acme")["slow"], x.server.Throttled()[who]; state.Binds != 2 || state.Throttled != uint64(refused) || all != uint64(refused) {
		t.Errorf("of %d refused it says %+v, %d", refused, state, all)
	}
}

func TestFromElsewhereNobodyLearnsThatAPasswordIsRight(t *testing.T) {
	elsewhere := without(func(c *fmc.Company) { c.Programs[0].From = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	x := opened(t, Terms{}, elsewhere)
	for _, password := range []string{"secret", "guess"} {
		if _, f := binding(t, x.address, "crm", password); f.status() != statusPassword {
			t.Errorf("%q was answered with %v", password, f.status())
		}
	}
	x.company.Store(acme())
	conn := bound(t, x.address, "crm", "secret")
	x.company.Store(elsewhere)
	answers(t, conn, pdu.UnbindID)
}

func TestStrangersKeepNobodyOut(t *testing.T) {
	x := opened(t, Terms{}, acme())
	var strangers []net.Conn
	for range guestsFrom {
		conn, err := net.Dial("tcp", x.address)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(within / 2)) // before they are closed for their silence
		strangers = append(strangers, conn)
	}
	defer func() {
		for _, conn := range strangers {
			_ = conn.Close()
		}
	}()
	bound(t, x.address, "crm", "secret")
	if f, err := readFrame(strangers[0]); err == nil {
		t.Errorf("the oldest stranger got %v", f)
	} else if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the oldest stranger stays")
	}
}

func TestTheOldestStrangerGoesForANewcomer(t *testing.T) {
	s := NewServer(ServerOptions{})
	var all []*member
	come := func(address string) {
		near, far := net.Pipe()
		_ = far.Close()
		m := &member{from: netip.MustParseAddr(address), wire: near}
		all = append(all, m)
		s.welcome(m)
	}
	come("192.0.2.9")
	for range guestsFrom + 1 {
		come("192.0.2.1")
	}
	if len(s.guests) != guestsFrom+1 || slices.Contains(s.guests, all[1]) || !slices.Contains(s.guests, all[0]) {
		t.Fatalf("of one address there are %d", len(s.guests))
	}
	for n := range guestsAtOnce {
		come(netip.AddrFrom4([4]byte{198, 51, 100, byte(n)}).String())
	}
	if len(s.guests) != guestsAtOnce || slices.Contains(s.guests, all[0]) {
		t.Fatalf("there are %d", len(s.guests))
	}
}
