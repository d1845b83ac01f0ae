package gsmgw

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
	"roadline/store/safefile"
)

// arrival is a text or a report that came outside a card's storages: nobody has it but us, once it is acknowledged.
type arrival struct {
	At       time.Time           `json:"at"`
	Port     string              `json:"port"`
	Of       modem.Of            `json:"of"`
	Came     *modem.TextCame     `json:"came,omitempty"`
	Reported *modem.TextReported `json:"reported,omitempty"`
	PDU      string              `json:"pdu,omitempty"` // in hex, in place of both
}

// is reports whether an arrival is another one that was told again.
func (a arrival) is(b arrival) bool {
	if a.Port != b.Port || a.Of != b.Of {
		return false
	}
	switch {
	case a.Came != nil && b.Came != nil:
		return a.Came.Token != "" && a.Came.Token == b.Came.Token && a.Came.From == b.Came.From && a.Came.Text == b.Came.Text
	case a.Reported != nil && b.Reported != nil:
		r, s := a.Reported, b.Reported
		return r.Token != "" && r.Token == s.Token && r.To == s.To && r.Reference == s.Reference && r.Status == s.Status
	}
	return a.PDU != "" && a.PDU == b.PDU
}

// unclaimed are the arrivals of cards that are nobody's here, in a file: the machine grants the card to nobody, or its company
// has no document. Whoever gave them may forget them. They are given to the card's company once there is one.
type unclaimed struct {
	file string

	writing sync.Mutex // held by who changes the file

	mu  sync.Mutex
	all []arrival // guarded by mu, the oldest first; it is replaced and never changed
}

// What is set aside is bounded: nobody may ever ask for it.
const (
	mostUnclaimed = 1000
	unclaimedFor  = 90 * 24 * time.Hour
)

func openUnclaimed(file string) (*unclaimed, error) {
	u := &unclaimed{file: file}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return u, nil
	}
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "texts of cards granted to nobody: %w", err)
	}
	if err := json.Unmarshal(text, &u.all); err != nil {
		return nil, cause.Errorf(cause.Invalid, "texts of cards granted to nobody: %s: %w: move the file away", file, err)
	}
	return u, nil
}

func (u *unclaimed) list() []arrival {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.all
}

// add sets an arrival aside, and returns when it is on disk. news: it was not there before. gone is how many were given up
// for it, the oldest.
func (u *unclaimed) add(a arrival) (news bool, gone int, err error) {
	u.writing.Lock()
	defer u.writing.Unlock()
	was := u.list()
	if slices.ContainsFunc(was, a.is) {
		return false, 0, nil
	}
	all := append(slices.Clone(was), a)
	all = all[max(0, len(all)-mostUnclaimed):]
	return true, len(was) + 1 - len(all), u.replace(all)
}

// drop forgets what was given to its company, or is too old.
func (u *unclaimed) drop(done []arrival) error {
	u.writing.Lock()
	defer u.writing.Unlock()
	return u.replace(slices.DeleteFunc(slices.Clone(u.list()), func(x arrival) bool { return slices.Contains(done, x) }))
}

// replace brings a list to disk. writing is held: who reads the list does not wait for the disk.
func (u *unclaimed) replace(all []arrival) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if err := safefile.Write(u.file, text); err != nil {
		return cause.Errorf(cause.Unavailable, "texts of cards granted to nobody: %w", err)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all = all
	return nil
}

// Unclaimed is how many texts and reports wait for a card's company, by what is known of the card: its ICCID, its IMSI, or
// the port that it was in.
func (g *Gateway) Unclaimed() map[string]int {
	count := map[string]int{}
	for _, a := range g.unclaimed.list() {
		count[cmp.Or(a.Of.Card, a.Of.IMSI, a.Port)]++
	}
	return count
}

// keepArrival writes what came for its company, or sets it aside where it has none here, and returns when it is on disk.
func (g *Gateway) keepArrival(ctx context.Context, owner holder, a arrival) error {
	if g.has(owner) == nil {
		return g.keepCame(ctx, owner, g.bodyOf(owner, a))
	}
	a.Of.Card = cmp.Or(a.Of.Card, string(owner.id))
	news, gone, err := g.unclaimed.add(a)
	if err == nil && news {
		g.log.Warn("text set aside: it is of a card that the machine grants to nobody, or whose company has no document", "line", a.Port, "cause", cmp.Or(a.Of.Card, a.Of.IMSI, "the gateway names no card"))
	}
	if err == nil && gone > 0 {
		g.log.Error("texts set aside are given up: they are too many", "count", gone)
	}
	return err
}

// bodyOf is an arrival as a fact.
func (g *Gateway) bodyOf(owner holder, a arrival) fmc.Happening {
	switch {
	case a.Came != nil:
		return g.textCame(owner, a.At, *a.Came)
	case a.Reported != nil:
		return g.textReported(owner, a.At, *a.Reported)
	}
	raw, _ := hex.DecodeString(a.PDU) // what we wrote
	return g.came(owner, a.At, raw)
}

// holderOf is whose the card of a text is, wherever it sits; no company: nobody's that is known.
func (g *Gateway) holderOf(of modem.Of) holder {
	id := fmc.ICCID(of.Card)
	for _, v := range g.Views() {
		if id == "" && of.IMSI != "" && v.SIM.IMSI == of.IMSI {
			id = v.Card
		}
	}
	card, _ := g.card(id)
	return holder{id: id, company: card.Company}
}

// giveUnclaimed gives what was set aside to companies that have come to have its card, and gives up what is too old.
func (g *Gateway) giveUnclaimed(ctx context.Context) {
	var given, old []arrival
	for _, a := range g.unclaimed.list() {
		owner := g.holderOf(a.Of)
		if g.has(owner) != nil {
			if g.o.Now().Sub(a.At) > unclaimedFor {
				old = append(old, a)
			}
			continue
		}
		if err := g.keepCame(ctx, owner, g.bodyOf(owner, a)); err != nil {
			g.log.Error("text that was set aside is not kept, tried again", "company", owner.company, "err", err)
			break
		}
		given = append(given, a)
	}
	if len(given) > 0 {
		g.log.Info("texts that were set aside are given to their companies", "count", len(given))
	}
	if len(old) > 0 {
		g.log.Error("texts set aside are given up: they are too old", "count", len(old))
	}
	if len(given)+len(old) == 0 {
		return
	}
	if err := g.unclaimed.drop(append(given, old...)); err != nil { // they are given again, under the same keys
		g.log.Error("texts that were given are not forgotten", "err", err)
	}
}
