package web

import (
	"errors"
	"slices"
	"strconv"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var bankRoutes = []route{
	{pattern: "GET /banks", right: access.LinesRead, do: banksPage},
	{pattern: "GET /banks/{iccid}", right: access.LinesRead, do: bankCardPage},
	{pattern: "POST /banks/{iccid}", right: access.LinesAct, do: moveCard},
}

var bankScreens = shows{"banks": banksView{}, "bank-card": bankCardView{}}

// banksView is the SIM banks with the company's cards in them.
type banksView struct {
	Tabs  []fleetTab
	Banks []bankView
}

// bankView is one bank.
type bankView struct {
	fmc.BankView
	Answer string // in words
	Class  string
	Since  moment
	Known  bool // Since is
	Cards  []bankedRow
}

// bankedRow is a card in a bank: how it serves against how it is to.
type bankedRow struct {
	fmc.BankSlotView
	Name  string
	Class string
	Moved moment
	Known bool // Moved is
}

// slotClass is how grave it is how a place of a card is.
var slotClass = map[fmc.SlotState]string{
	fmc.SlotFree: "idle", fmc.SlotServing: "ok", fmc.SlotMoving: "warn", fmc.SlotRefused: "bad", fmc.SlotOddly: "bad",
}

func banksPage(v *visit) (answer, error) {
	view := banksView{Tabs: v.tabs("/banks")}
	all, err := v.site.o.API.Banks(v.company)
	if err != nil && !errors.Is(err, cause.Unavailable) { // the page says that there are none
		return nil, err
	}
	for _, b := range all {
		view.Banks = append(view.Banks, v.bankView(b))
	}
	return page{screen: "banks", title: v.say("banks.title"), view: view}, nil
}

func (v *visit) bankView(b fmc.BankView) bankView {
	x := bankView{BankView: b, Class: "ok"}
	if !b.Since.IsZero() {
		x.Since, x.Known = v.at(b.Since), true
	}
	odd := 0
	for _, s := range b.Slots {
		x.Cards = append(x.Cards, v.bankedRow(s))
		if s.State != fmc.SlotFree && s.State != fmc.SlotServing {
			odd++
		}
	}
	slices.SortStableFunc(x.Cards, func(a, b bankedRow) int { return graveness[a.Class] - graveness[b.Class] })
	switch {
	case b.State != fmc.BankReached:
		x.Answer, x.Class = v.say("banks."+string(b.State)), "warn"
	case odd > 0:
		x.Answer = v.say("banks.odd", "N", odd)
	default:
		x.Answer = v.say("banks.as-wished")
	}
	return x
}

func (v *visit) bankedRow(s fmc.BankSlotView) bankedRow {
	r := bankedRow{BankSlotView: s, Name: v.cardName(s.SIM), Class: slotClass[s.State]}
	if s.Moved != nil {
		r.Moved, r.Known = v.at(s.Moved.At), true
	}
	return r
}

// bankCardView is one card in a bank: where it is to serve, where it was to, and the form that moves it.
type bankCardView struct {
	Tabs    []fleetTab
	Bank    fmc.BankView
	Card    bankedRow
	Spare   string // serves in its place where it fails; empty: none
	Moves   []movedRow
	Act     bool // the visitor may move it
	Modems  []choice
	Chosen  string
	Reason  string
	Form    form
	Refused string // why it was not moved, in the words of the core
}

// movedRow is a wish of before.
type movedRow struct {
	fmc.CardMoved
	When moment
	Who  string
}

func bankCardPage(v *visit) (answer, error) {
	view, err := v.bankCard()
	return page{screen: "bank-card", title: view.Card.Name, view: view}, err
}

func (v *visit) bankCard() (bankCardView, error) {
	view := bankCardView{Tabs: v.tabs("/banks"), Act: v.viewer.May(access.LinesAct)}
	bank, slot, err := v.site.o.API.Banked(v.company, v.cardIn())
	if err != nil {
		return view, err
	}
	view.Bank, view.Card, view.Chosen = bank, v.bankedRow(slot), slot.Modem
	if slot.Spare != "" {
		view.Spare = v.cardName(slot.Spare)
	}
	view.Modems = []choice{{"", v.say("bank-card.none")}}
	for _, m := range bank.Modems {
		view.Modems = append(view.Modems, choice{m.Modem, v.modemLabel(m, slot.SIM)})
	}
	moves, err := v.site.o.API.CardMoves(v.ctx(), v.company, slot.SIM)
	for _, m := range moves {
		who := v.author(m.By)
		if m.By == fmc.BySpareRule {
			who = v.say("bank-card.rule")
		}
		view.Moves = append(view.Moves, movedRow{m, v.at(m.At), who})
	}
	return view, err
}

// modemLabel is a modem that a card can serve, with what stands in the way.
func (v *visit) modemLabel(m fmc.BankModemView, card fmc.ICCID) string {
	switch {
	case m.SIM == card && card != "":
		return v.say("bank-card.modem-here", "Modem", m.Modem)
	case m.SIM != "":
		return v.say("bank-card.modem-taken-by", "Modem", m.Modem, "Card", v.cardName(m.SIM))
	case m.Taken:
		return v.say("bank-card.modem-taken", "Modem", m.Modem)
	case !m.Connected:
		return v.say("bank-card.modem-away", "Modem", m.Modem)
	}
	return m.Modem
}

// moveCard has a card serve another modem, or none. What stands in the way is told beside the form.
func moveCard(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	view, err := v.bankCard()
	if err != nil {
		return nil, err
	}
	id := v.cardIn()
	view.Form, view.Chosen, view.Reason = f, f.Value("modem"), f.Value("reason")
	wish := fmc.CardMove{SIM: id, Modem: view.Chosen, By: v.viewer.By(), Reason: view.Reason, Lose: f.Value("lose") != ""}
	if wish.Reason == "" {
		f.wrong("reason", v.say("bank-card.reason-empty"))
		return page{screen: "bank-card", title: view.Card.Name, view: view, status: again}, nil
	}
	if err := v.site.o.API.MoveCard(v.company, wish); err != nil {
		view.Refused = err.Error()
		return page{screen: "bank-card", title: view.Card.Name, view: view, status: again}, nil
	}
	entry := access.Entry(v.ctx(), "sims.place", string(id))
	entry.After = map[string]string{"modem": wish.Modem, "reason": wish.Reason, "lose": strconv.FormatBool(wish.Lose)}
	if err := v.done(entry); err != nil {
		return nil, err
	}
	return redirect{"/banks/" + string(id), notice{Text: v.say("bank-card.moved")}}, nil
}
