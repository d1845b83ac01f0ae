package house_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/hardware/banksim"
	"roadline/hardware/gsmsim"
	"roadline/store"
	"roadline/store/storetest"
)

// banker is a company whose cards lie in a bank, and two modems without a card; its house is killed and started.
type banker struct {
	*texter
	bank   *banksim.Bank
	cards  []*gsmsim.Card
	modems []*gsmsim.Device
	data   string
	sip    string
	store  *store.Tenant
}

func newBanker(t *testing.T) *banker {
	t.Helper()
	data, err := os.MkdirTemp("", "roadline-bank-") // short: a unix socket's path is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	mobiles := housetest.MobilesAt(t, quickTexts)
	b := &banker{cards: []*gsmsim.Card{gsmsim.NewCard(1), gsmsim.NewCard(2)}, data: data, sip: freeSIP(t)}
	b.texter = &texter{t: t, mobiles: mobiles, api: overSocket(filepath.Join(data, "roadline.sock"))}
	t.Cleanup(b.api.CloseIdleConnections)
	o := banksim.Options{Cards: map[banksim.Slot]*gsmsim.Card{}, Modules: map[banksim.Client]banksim.Module{}, Listen: "127.0.0.1:0", Now: time.Now}
	var slots, clients []string
	for i, c := range b.cards {
		b.modems = append(b.modems, mobiles.Plugs(gsmsim.SIM7600, nil))
		o.Cards[banksim.Slot{Bank: 1, Slot: i}], o.Modules[banksim.Client{Client: 10 + i}] = c, b.modems[i]
		slots = append(slots, fmt.Sprintf("{slot: 1/%d, iccid: %q}", i, c.ICCID))
		clients = append(clients, fmt.Sprintf("{client: %d/0, modem: %s}", 10+i, housetest.Name(b.modems[i])))
	}
	if b.bank, err = banksim.New(o); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.bank.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	extra := mobiles.Machine("acme", b.cards...) + fmt.Sprintf("banks: [{name: north, server: %q, cards: [%s], modems: [%s]}]\n",
		b.bank.Address(), strings.Join(slots, ", "), strings.Join(clients, ", "))
	company := strings.Replace(fragile(b.cards), "5\", operator: o0}\n", "5\", operator: o0, ring: [{device: mobile, for: 30s, confirm: false}]}\n", 1)
	dsn := storetest.DSN(t)
	housetest.Start(t, housetest.Setup{SIP: b.sip, Data: data, DSN: dsn, Extra: extra, Company: company}).Close()
	b.store = storetest.OpenAt(t, dsn).For("acme")
	return b
}

// moves has a card serve a modem, and is answered when that is wished for good.
func (b *banker) moves(card, modem int, reason string) {
	b.t.Helper()
	b.must(http.MethodPut, "sims/"+b.cards[card].ICCID+"/place",
		cabinet.CardPlace{Modem: housetest.Name(b.modems[modem]), Author: "olga", Reason: reason}, &[]fmc.BankView{})
}

// serves waits until a card's line is ready in a modem.
func (b *banker) serves(card, modem int) {
	b.t.Helper()
	housetest.Await(b.t, "the card serves the modem, and its line takes calls", func() bool {
		var lines []fmc.LineView
		if err := ask(b.t.Context(), b.api, http.MethodGet, "lines", nil, &lines); err != nil {
			return false
		}
		for _, l := range lines {
			if l.ID == fmc.ICCID(b.cards[card].ICCID).Line() {
				return l.Ready && l.Name == housetest.Name(b.modems[modem])
			}
		}
		return false
	})
}

// TestACardOfABankServesAnotherModemAndStaysThereThoughServerAndHouseStartAnew moves a card from one modem to another, has a
// call go by it there, and then has the bank's server forget its maps while the house is dead.
func TestACardOfABankServesAnotherModemAndStaysThereThoughServerAndHouseStartAnew(t *testing.T) {
	t.Parallel()
	b := newBanker(t)
	child := housetest.StartChild(t, b.data)
	b.moves(0, 0, "the day begins")
	b.serves(0, 0)
	b.moves(0, 1, "modem A is to be mended")
	b.serves(0, 1)
	person := b.mobiles.Subscriber("+79161230005", gsmsim.Behaviour{Does: gsmsim.Answers, After: 100 * time.Millisecond})
	caller := housetest.SIPp(t, housetest.Run{Scenario: "patient", To: b.sip, Number: "+74951234500", From: "+79120000001", Voice: housetest.NewVoice(t)})
	phone := b.mobiles.Rung(person)
	if phone.Caller() != b.cards[0].Number {
		t.Errorf("the person is called by %s, and not by the card", phone.Caller())
	}
	b.mobiles.Answered(phone)
	caller.HangUp()
	<-phone.Ended()
	b.moves(1, 0, "for the night")
	child.Kill()
	b.bank.Restart()
	housetest.StartChild(t, b.data)
	b.serves(0, 1)
	b.serves(1, 0)
	want := map[banksim.Client]banksim.Slot{{Client: 11}: {Bank: 1}, {Client: 10}: {Bank: 1, Slot: 1}}
	if got := b.bank.Serves(); !maps.Equal(got, want) || b.bank.Odd() != nil {
		t.Errorf("the bank serves %v, %v", got, b.bank.Odd())
	}
	var moved []fmc.CardMoved
	housetest.Await(t, "the history is in PostgreSQL", func() bool {
		var err error
		moved, err = b.store.CardMoves(t.Context(), fmc.ICCID(b.cards[0].ICCID))
		return err == nil && len(moved) == 2
	})
	if m := moved[0]; m.Was != housetest.Name(b.modems[0]) || m.Modem != housetest.Name(b.modems[1]) || m.By != "olga" || m.Reason != "modem A is to be mended" || m.Bank != "north" {
		t.Errorf("the history says %+v", m)
	}
}
