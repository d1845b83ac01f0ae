package gsmgw_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

const (
	office = "+74951234567"
	second = "+74951234568"
	thief  = "+79990000666"
)

// network is what an operator keeps of cards' forwarding, guarded by the mutex of the one module that is at it.
type network struct {
	of      map[string]*[4]modem.Forward // by ICCID
	refuses error                        // what it says to every question and wish; nil: it does as it is told
	ignores bool                         // it says yes, and does nothing
	slow    time.Duration                // with each answer
	asked   int
	set     int
	inCall  int // how often it was asked while the line had a call
}

func (m *fakeModem) forwards(ctx context.Context, why modem.ForwardReason) (*modem.Forward, error) {
	n := m.network
	m.mu.Lock()
	if len(m.calls) > 0 {
		n.inCall++
	}
	n.asked++
	m.mu.Unlock()
	if n.slow > 0 {
		select {
		case <-ctx.Done():
			return nil, cause.Errorf(cause.Unavailable, "no answer: %w", ctx.Err())
		case <-time.After(n.slow):
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.end != nil {
		return nil, cause.Errorf(cause.Unavailable, "the port is gone")
	}
	if n.of[m.sim.ICCID] == nil {
		n.of[m.sim.ICCID] = &[4]modem.Forward{}
	}
	return &n.of[m.sim.ICCID][why], n.refuses
}

func (m *fakeModem) Forwarded(ctx context.Context, why modem.ForwardReason) (modem.Forward, error) {
	f, err := m.forwards(ctx, why)
	if err != nil {
		return modem.Forward{}, err
	}
	defer m.do("forwarded")()
	return *f, nil
}

func (m *fakeModem) Forward(ctx context.Context, why modem.ForwardReason, to modem.Forward) error {
	f, err := m.forwards(ctx, why)
	if err != nil {
		return err
	}
	defer m.do("forward")()
	m.network.set++
	if !m.network.ignores {
		*f = to
	}
	return nil
}

// wishing is acme with a wish for card A.
func wishing(wish fmc.Forwarding) *fmc.Company {
	c := acme()
	c.Generation = 7
	for _, n := range []string{office, second} {
		c.Numbers = append(c.Numbers, fmc.Number{Number: callerid.Received(n, "RU"), Trunk: "carrier"})
	}
	c.SIMs[0].Forward = wish
	return c
}

// allTo has calls go to a number that cannot be taken.
func allTo(number string) fmc.Forwarding {
	return fmc.Forwarding{fmc.ForwardBusy: {To: number}, fmc.ForwardNoReply: {To: number, After: 25 * time.Second}, fmc.ForwardUnreachable: {To: number}}
}

// forwarding runs a gateway with card A in a modem of an operator.
func forwarding(t *testing.T, wish fmc.Forwarding, net *network, do func(*bench, *fakeModem)) {
	t.Helper()
	if net.of == nil {
		net.of = map[string]*[4]modem.Forward{}
	}
	m := newModem(cardA)
	m.network = net
	startWith(t, func(b *bench) { b.company = wishing(wish) }, func(b *bench) { do(b, m) }, m)
}

// looks are the looks that were noted of card A.
func (b *bench) looks() (all []fmc.ForwardingSeen) {
	b.log.mu.Lock()
	defer b.log.mu.Unlock()
	for _, f := range b.log.facts {
		if seen, ok := f.Body.(fmc.ForwardingSeen); ok && seen.SIM == cardA {
			all = append(all, seen)
		}
	}
	return all
}

// has compares what the network keeps of a card with a wish.
func (n *network) has(card fmc.ICCID, wish fmc.Forwarding) bool {
	is := n.of[string(card)]
	for i, why := range fmc.ForwardReasons {
		if is == nil || is[i].Number != wish[why].To || is[i].After != wish[why].After {
			return false
		}
	}
	return true
}

func TestACardsForwardingIsSetWhenItIsFoundAndLeftAloneWhereItIsRight(t *testing.T) {
	net := &network{slow: time.Second}
	forwarding(t, allTo(office), net, func(b *bench, _ *fakeModem) {
		b.pass(time.Minute)
		looks := b.looks()
		if !net.has(cardA, allTo(office)) || net.set != 3 || len(looks) != 1 {
			t.Fatalf("%v after %d changes, %+v", net.of[string(cardA)], net.set, looks)
		}
		if l := looks[0]; l.State != fmc.ForwardingSet || l.Asked != fmc.AskedFound || l.Generation != 7 || l.Found[fmc.ForwardBusy].To != "" || l.Left[fmc.ForwardBusy].To != office || l.Strange != nil {
			t.Errorf("%+v", l)
		}
		b.pass(28 * time.Hour)
		if looks = b.looks(); net.set != 3 || len(looks) != 2 || looks[1].State != fmc.ForwardingRight || looks[1].Asked != fmc.AskedNight {
			t.Fatalf("%d changes, %+v", net.set, looks)
		}
		if h := looks[1].At.Hour(); h < 3 || h >= 5 {
			t.Errorf("night was at %s", looks[1].At)
		}
	})
}

func TestANewWishIsSetAndSoIsNoWishForAnything(t *testing.T) {
	net := &network{}
	forwarding(t, allTo(office), net, func(b *bench, _ *fakeModem) {
		b.pass(time.Minute)
		for _, wish := range []fmc.Forwarding{allTo(second), {fmc.ForwardNoReply: {To: second, After: 30 * time.Second}}, {}} {
			b.applies(wishing(wish))
			b.pass(time.Minute)
			if looks := b.looks(); !net.has(cardA, wish) || looks[len(looks)-1].Asked != fmc.AskedDocument {
				t.Errorf("%v, and the network has %v", wish, net.of[string(cardA)])
			}
		}
		asked := net.asked
		b.applies(acmeBare())
		b.pass(48 * time.Hour)
		if net.asked != asked {
			t.Errorf("nobody wishes anything, and the network was asked %d times", net.asked-asked)
		}
	})
}

func acmeBare() *fmc.Company { return wishing(nil) }

func TestCallsThatGoToANumberOfNobodysAreToldAndSetRight(t *testing.T) {
	net := &network{of: map[string]*[4]modem.Forward{string(cardA): {{Number: thief}, {}, {Number: "89031112244", After: 20 * time.Second}, {}}}}
	forwarding(t, fmc.Forwarding{}, net, func(b *bench, _ *fakeModem) {
		b.applies(func() *fmc.Company {
			c := wishing(fmc.Forwarding{})
			c.Numbers = append(c.Numbers, fmc.Number{Number: callerid.Received("+79031112244", "RU"), SIM: cardB})
			return c
		}())
		b.pass(time.Minute)
		if f := b.g.Forwarding(cardA); !net.has(cardA, nil) || !slices.Contains(f.Strange.Strange, thief) || f.Last.State != fmc.ForwardingSet {
			t.Errorf("%+v, and the network has %v", f, net.of[string(cardA)])
		}
	})
}

func TestWhatANetworkDoesNotDoIsSaidAndTriedLessAndLess(t *testing.T) {
	for name, row := range map[string]struct {
		net   *network
		state fmc.ForwardingState
		why   string
	}{
		"refused":  {&network{refuses: cause.Errorf(cause.Denied, "the network refuses it")}, fmc.ForwardingRefused, "the operator refuses forwarding for this card: "},
		"ignored":  {&network{ignores: true}, fmc.ForwardingIgnored, "the operator says yes, and calls go where they went before"},
		"silent":   {&network{refuses: cause.Errorf(cause.Unavailable, "no answer"), slow: 20 * time.Second}, fmc.ForwardingUnheard, "the network does not say where calls go: "},
		"no modem": {&network{refuses: cause.Errorf(cause.Unsupported, "ERROR")}, fmc.ForwardingCannot, "ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			forwarding(t, allTo(office), row.net, func(b *bench, m *fakeModem) {
				b.pass(2 * time.Minute)
				looks := b.looks()
				if len(looks) != 1 || looks[0].State != row.state || !strings.HasPrefix(looks[0].Why, row.why) {
					t.Fatalf("%+v", looks)
				}
				b.pass(24 * time.Hour)
				if looks = b.looks(); len(looks) < 6 || len(looks) > 10 || looks[1].Asked != fmc.AskedAgain {
					t.Errorf("%d looks in a day", len(looks))
				}
				if silent := b.g.Forwarding(cardA).Unheard; silent > 0 != (row.state == fmc.ForwardingUnheard) || silent > 0 && silent != len(looks) {
					t.Errorf("%d of %d looks were not answered", silent, len(looks))
				}
				m.set(func() { row.net.refuses, row.net.ignores = nil, false })
				b.pass(25 * time.Hour)
				if looks = b.looks(); !row.net.has(cardA, allTo(office)) || b.g.Forwarding(cardA).Last.State.Wrong() || b.g.Forwarding(cardA).Unheard > 0 {
					t.Errorf("it is well again, and the network has %v: %+v", row.net.of[string(cardA)], looks[len(looks)-1])
				}
			})
		})
	}
}

func TestAModemThatCannotAskSaysSo(t *testing.T) {
	m := newModem(cardA)
	startWith(t, func(b *bench) { b.company = wishing(allTo(office)) }, func(b *bench) {
		b.pass(time.Minute)
		if looks := b.looks(); len(looks) != 1 || looks[0].State != fmc.ForwardingCannot || !looks[0].State.Wrong() {
			t.Errorf("%+v", looks)
		}
		if seen, err := b.g.LookForwarding(b.t.Context(), "acme", cardA, "anna"); err != nil || seen.State != fmc.ForwardingCannot || seen.By != "anna" {
			t.Errorf("%+v, %v", seen, err)
		}
	}, m)
}

func TestACallThatComesIntoALookIsNotDisturbed(t *testing.T) {
	net := &network{slow: time.Second}
	forwarding(t, allTo(office), net, func(b *bench, m *fakeModem) {
		b.pass(2500 * time.Millisecond) // the first look is under way: it asks each second
		if l := b.line(cardA); !l.Ready || !l.SIM.Asking {
			t.Errorf("who chooses lines does not see that a call would wait: %+v", l.SIM)
		}
		b.dial(cardA)
		m.say(is(modem.CallActive))
		b.pass(20 * time.Second)
		if net.inCall != 0 || net.has(cardA, allTo(office)) {
			t.Errorf("asked %d times in a call", net.inCall)
		}
		if _, err := b.g.LookForwarding(b.t.Context(), "acme", cardA, "anna"); !errors.Is(err, cause.NoRoom) {
			t.Errorf("a look in a call: %v", err)
		}
		m.say(ends(cause.Of(cause.Hangup)))
		b.pass(3 * time.Minute)
		if net.inCall != 0 || !net.has(cardA, allTo(office)) || b.line(cardA).SIM.Asking || b.g.Forwarding(cardA).Unheard > 0 {
			t.Errorf("after the call the network has %v", net.of[string(cardA)])
		}
	})
}

func TestACardWithoutAMandateIsLeftAlone(t *testing.T) {
	for name, change := range map[string]func(*fmc.Mandate){
		"none": func(m *fmc.Mandate) { *m = fmc.Mandate{} }, "for messages": func(m *fmc.Mandate) { m.For = []fmc.SIMUse{fmc.UseMessages} },
		"elsewhere": func(m *fmc.Mandate) { m.Where = []string{"KZ"} }, "over": func(m *fmc.Mandate) { m.Until = time.Unix(1, 0) },
	} {
		net := &network{of: map[string]*[4]modem.Forward{}}
		m := newModem(cardA)
		m.network = net
		startWith(t, func(b *bench) { b.company = wishing(allTo(office)); change(&b.company.SIMs[0].Mandate) }, func(b *bench) {
			b.pass(30 * time.Hour)
			if _, err := b.g.LookForwarding(b.t.Context(), "acme", cardA, "anna"); net.asked != 0 || !errors.Is(err, cause.Denied) {
				t.Errorf("%s: asked %d times, %v", name, net.asked, err)
			}
		}, m)
	}
}

func TestWhoMayLookAndWhoMayNot(t *testing.T) {
	net := &network{slow: time.Second}
	forwarding(t, allTo(office), net, func(b *bench, m *fakeModem) {
		b.pass(time.Minute)
		m.set(func() { net.of[string(cardA)][1] = modem.Forward{Number: thief} })
		seen, err := b.g.LookForwarding(b.t.Context(), "acme", cardA, "anna")
		if err != nil || seen.State != fmc.ForwardingSet || seen.Found[fmc.ForwardBusy].To != thief || seen.By != "anna" || seen.Asked != fmc.AskedPerson {
			t.Errorf("%+v, %v", seen, err)
		}
		ctx, cancel := context.WithTimeout(b.t.Context(), time.Second)
		defer cancel()
		for _, row := range []struct {
			ctx     context.Context
			company fmc.CompanyID
			card    fmc.ICCID
			want    cause.Kind
		}{
			{b.t.Context(), "other", cardA, cause.NotFound},
			{b.t.Context(), "acme", "8970101000000000034", cause.NotFound},
			{b.t.Context(), "acme", cardB, cause.Invalid}, // nobody wishes anything of it
			{ctx, "acme", cardA, cause.Unavailable},       // the network takes longer
			{b.t.Context(), "acme", cardA, cause.NoRoom},  // that look goes on
		} {
			if _, err := b.g.LookForwarding(row.ctx, row.company, row.card, "anna"); !errors.Is(err, row.want) {
				t.Errorf("%s of %s: %v, want %v", row.card, row.company, err, row.want)
			}
		}
	})
}

func TestACardThatMovesIsLookedAtWhereItComes(t *testing.T) {
	net := &network{of: map[string]*[4]modem.Forward{}}
	a, other := newModem(cardA), newModem("")
	other.sim = modem.SIM{State: modem.SIMAbsent}
	a.network, other.network = net, net
	startWith(t, func(b *bench) { b.company = wishing(allTo(office)) }, func(b *bench) {
		b.pass(time.Minute)
		move := func(from, to *fakeModem) {
			from.set(func() { from.sim = modem.SIM{State: modem.SIMAbsent} })
			from.say(modem.SIMIs{State: modem.SIMAbsent})
			to.set(func() { to.sim = modem.SIM{State: modem.SIMReady, ICCID: string(cardA), Attempts: 3} })
			to.say(modem.SIMIs{State: modem.SIMReady})
			b.pass(2 * time.Minute)
		}
		move(a, other)
		move(other, a)
		looks := b.looks()
		if len(looks) != 3 || !slices.Equal([]fmc.ForwardingAsked{looks[0].Asked, looks[1].Asked, looks[2].Asked}, []fmc.ForwardingAsked{fmc.AskedFound, fmc.AskedFound, fmc.AskedFound}) {
			t.Errorf("%+v", looks)
		}
	}, a, other)
}

// TestACardThatComesIntoALookIsNotToldWhatAnotherShould has the modem exchange its card while the network is asked.
func TestACardThatComesIntoALookIsNotToldWhatAnotherShould(t *testing.T) {
	for name, exchange := range map[string]func(*bench, *fakeModem){
		"pulled": func(_ *bench, m *fakeModem) {
			m.say(modem.SIMIs{State: modem.SIMAbsent})
			m.set(func() { m.sim.ICCID = string(cardB) })
			m.say(modem.SIMIs{State: modem.SIMReady})
		},
		"exchanged from outside": func(b *bench, m *fakeModem) {
			done, err := b.g.Vacate(b.g.Views()[0].Port, false)
			if err != nil {
				b.t.Fatal(err)
			}
			m.set(func() { m.sim.ICCID = string(cardB) })
			b.pass(10 * time.Second)
			done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			net := &network{slow: time.Second}
			forwarding(t, allTo(office), net, func(b *bench, m *fakeModem) {
				b.pass(1500 * time.Millisecond) // one reason is known
				exchange(b, m)
				b.pass(time.Minute)
				if net.set != 0 || b.g.Views()[0].Card != cardB {
					t.Errorf("the port has %s, of which nobody wishes anything: the network has %v", b.g.Views()[0].Card, net.of[string(cardB)])
				}
				if looks := b.looks(); len(looks) != 1 || looks[0].State != fmc.ForwardingUnheard {
					t.Errorf("%+v", looks)
				}
			})
		})
	}
}

func TestACardThatTwoPortsHaveIsLookedAtByOne(t *testing.T) {
	net := &network{of: map[string]*[4]modem.Forward{}}
	a, same := newModem(cardA), newModem(cardA)
	a.network, same.network = net, net
	startWith(t, func(b *bench) { b.company = wishing(allTo(office)) }, func(b *bench) {
		b.pass(time.Hour)
		if looks := b.looks(); len(looks) != 1 {
			t.Errorf("%d looks", len(looks))
		}
	}, a, same)
}

// hasty are companies whose document changes right after somebody looked at it.
type hasty struct {
	*bench
	next *fmc.Company // nil: it stays
}

func (h *hasty) Company(id fmc.CompanyID) (*fmc.Company, bool) {
	c, ok := h.bench.Company(id)
	if h.next != nil {
		h.applies(h.next)
	}
	return c, ok
}

func TestNothingIsErasedForAPersonWhoAsksAsTheWishIsTakenBack(t *testing.T) {
	net := &network{of: map[string]*[4]modem.Forward{}}
	m := newModem(cardA)
	m.network = net
	var companies *hasty
	startWith(t, func(b *bench) {
		b.company = wishing(allTo(office))
		companies = &hasty{bench: b}
		b.options.Companies = companies
	}, func(b *bench) {
		b.pass(time.Minute)
		companies.next = acmeBare()
		if _, err := b.g.LookForwarding(b.t.Context(), "acme", cardA, "anna"); !errors.Is(err, cause.Invalid) {
			t.Error(err)
		}
		if b.pass(time.Second); !net.has(cardA, allTo(office)) {
			t.Errorf("the network has %v", net.of[string(cardA)])
		}
	}, m)
}

// TestAServerThatStopsInTheMiddleLeavesTheRestToTheNext has two lives of the gateway with one operator.
func TestAServerThatStopsInTheMiddleLeavesTheRestToTheNext(t *testing.T) {
	net := &network{slow: time.Second}
	forwarding(t, allTo(office), net, func(b *bench, _ *fakeModem) { b.pass(5500 * time.Millisecond) }) // one is set, and not asked again yet
	if net.has(cardA, allTo(office)) || net.set == 0 {
		t.Fatalf("the first life had set %d", net.set)
	}
	forwarding(t, allTo(office), net, func(b *bench, _ *fakeModem) {
		b.pass(time.Minute)
		if looks := b.looks(); !net.has(cardA, allTo(office)) || len(looks) != 1 {
			t.Errorf("the network has %v: %+v", net.of[string(cardA)], looks)
		}
	})
}

// TestWhateverHappensTheWishIsMetInTheEndAndNoCallIsDisturbed lets chance wish, call, pull, refuse and meddle.
func TestWhateverHappensTheWishIsMetInTheEndAndNoCallIsDisturbed(t *testing.T) {
	wishes := []fmc.Forwarding{allTo(office), allTo(second), {}, {fmc.ForwardUnreachable: {To: office}}, {fmc.ForwardNoReply: {To: second, After: 30 * time.Second}}}
	for seed := range uint64(8) {
		chance := rand.New(rand.NewPCG(seed, 1))
		net := &network{of: map[string]*[4]modem.Forward{}, slow: time.Duration(chance.IntN(3)) * time.Second}
		forwarding(t, wishes[0], net, func(b *bench, m *fakeModem) {
			wish := wishes[0]
			for range 40 {
				switch chance.IntN(7) {
				case 0:
					wish = wishes[chance.IntN(len(wishes))]
					b.applies(wishing(wish))
				case 1, 2:
					if b.line(cardA).Ready {
						b.dial(cardA)
						m.say(is(modem.CallActive))
						b.pass(time.Duration(chance.IntN(8000)) * time.Millisecond)
						m.say(ends(cause.Of(cause.Hangup)))
					}
				case 3:
					m.set(func() {
						net.refuses = []error{nil, cause.Errorf(cause.Denied, "no"), cause.Errorf(cause.Unavailable, "no answer")}[chance.IntN(3)]
						net.ignores = chance.IntN(4) == 0
					})
				case 4: // somebody has the card in a telephone
					m.set(func() {
						if of := net.of[string(cardA)]; of != nil {
							of[chance.IntN(4)] = modem.Forward{Number: []string{"", thief, office}[chance.IntN(3)]}
						}
					})
				case 5:
					m.lose(cause.Errorf(cause.Unavailable, "input/output error"))
				}
				b.pass(time.Duration(chance.IntN(90_000)) * time.Millisecond)
			}
			m.set(func() { net.refuses, net.ignores = nil, false })
			b.pass(26 * time.Hour)
			last := b.g.Forwarding(cardA).Last
			if !net.has(cardA, wish) || net.inCall != 0 || last.State != fmc.ForwardingRight && last.State != fmc.ForwardingSet || !maps.Equal(last.Wish, wish) {
				t.Errorf("seed %d: wished %v, the network has %v, asked in calls %d times, last %+v", seed, wish, net.of[string(cardA)], net.inCall, last)
			}
		})
	}
}
