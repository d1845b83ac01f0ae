package house

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw"
	"roadline/hardware"
	"roadline/hardware/modem"
	"roadline/hardware/usb"
	"roadline/store"
)

// gateway builds the GSM side.
func (h *House) gateway() error {
	wanted := hardware.WantedOf(h.m.Modems, func(m configs.Modem) hardware.Wanted {
		return hardware.Wanted{Name: m.Name, At: m.At, Family: m.Family, PCM: m.PCM}
	})
	h.plugs = hardware.NewPlugs(usb.Bus{Root: "/"}, wanted, h.log, time.Now)
	rules := gsmgw.Rules{
		SignalDBm: h.m.GSM.Signal, SlackDB: h.m.GSM.Hysteresis, Failures: h.m.GSM.Failures, CoolDown: h.m.GSM.CoolDown,
		Watchdog: h.m.GSM.Watchdog, Quarantine: h.m.GSM.Resets,
	}
	var err error
	h.gsm, err = gsmgw.New(gsmgw.Options{
		Calls: h.ways, Ports: h.ports, Journal: h.facts(), Companies: h.directory, Find: h.modems, Cards: h.cards(),
		PINs: filepath.Join(h.m.Data, "pins.json"), Unclaimed: filepath.Join(h.m.Data, "unclaimed.json"), NewCall: h.calls.NewCall, NewMessage: newMessage, Rules: rules, Now: time.Now, Log: h.log,
		Trust: h.m.GSM.Trust, Came: h.texted, Trace: h.traces,
	})
	if err == nil {
		h.plugs.Overhear(h.gsm.Overhear)
		h.nights()
	}
	return err
}

// newMessage names a message.
func newMessage() fmc.MessageID { return fmc.MessageID(uuid.Must(uuid.NewV7()).String()) }

// modems are the ports as the gateway looks for them.
func (h *House) modems() []gsmgw.Port {
	var all []gsmgw.Port
	for _, p := range h.plugs.List() {
		all = append(all, gsmgw.Port{Name: p.Name, Open: p.Open})
	}
	return append(all, h.boxes.ports()...)
}

// cards are those that the machine grants, with their PINs.
func (h *House) cards() []gsmgw.Card {
	var all []gsmgw.Card
	for _, s := range h.m.SIMs {
		c := gsmgw.Card{ICCID: s.ICCID, Company: s.Company}
		if s.PINFile != "" {
			c.PIN = func() (string, error) { return readPIN(s.PINFile) }
		}
		all = append(all, c)
	}
	return all
}

func readPIN(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", cause.Errorf(cause.Unavailable, "the file of its PIN: %w", err)
	}
	pin := strings.TrimSpace(string(text))
	if len(pin) < 4 || len(pin) > 8 || strings.Trim(pin, "0123456789") != "" {
		return "", cause.Errorf(cause.Invalid, "%s holds no PIN: write its 4 to 8 digits alone", file)
	}
	return pin, nil
}

// takeOnMessages takes on the messages that an earlier start accepted and did not settle: their facts are written anew,
// as they are.
func (h *House) takeOnMessages(left [][]fmc.Fact) error {
	var records []fmc.MessageRecord
	for _, facts := range left {
		if err := h.facts().Append(facts...); err != nil {
			return err
		}
		records = append(records, fmc.FoldMessage(facts))
	}
	if len(records) > 0 {
		h.log.Info("messages of the last start taken on", "count", len(records))
	}
	h.restoreMessages(records)
	return nil
}

// drainTime is how long a fact takes into PostgreSQL, with some to spare.
const drainTime = 2 * time.Second

// rememberUse tells the gateway what the company's cards were used for before this start.
func (h *House) rememberUse(ctx context.Context, c *fmc.Company, now time.Time) {
	if len(c.SIMs) == 0 {
		return
	}
	lines, err := h.store.For(c.Profile.ID).LineUse(ctx, now.Add(-gsmgw.UseMemory), zoneOf(c))
	if err != nil {
		h.log.Warn("earlier use of cards not remembered", "company", c.Profile.ID, "err", err)
		return
	}
	for id, uses := range usesOf(lines, zoneOf(c)) {
		h.gsm.Remember(id, uses, now.Add(-drainTime))
	}
}

func zoneOf(c *fmc.Company) *time.Location {
	if c.Profile.Zone == nil {
		return time.UTC
	}
	return c.Profile.Zone
}

// usesOf are the uses of each card, each at the noon of its day.
func usesOf(lines []store.LineUse, zone *time.Location) map[fmc.ICCID][]gsmgw.Use {
	uses := map[fmc.ICCID][]gsmgw.Use{}
	for _, l := range lines {
		day, err := time.ParseInLocation(time.DateOnly, l.Day, zone)
		if err != nil {
			continue // a date of PostgreSQL's reads
		}
		id, noon := fmc.ICCID(strings.TrimPrefix(string(l.Line), "sim:")), day.Add(12*time.Hour)
		for i := range l.Calls {
			use := gsmgw.Use{At: noon, Call: true}
			if i < len(l.Talks) {
				use.Talk = l.Talks[i]
			}
			uses[id] = append(uses[id], use)
		}
		for range l.Messages {
			uses[id] = append(uses[id], gsmgw.Use{At: noon})
		}
	}
	return uses
}

// lineViews are a company's SIM lines for people.
func (h *House) lineViews(id fmc.CompanyID) []fmc.LineView {
	c, ok := h.directory.Company(id)
	if !ok {
		return nil
	}
	return h.linesOf(c)
}

// modemViews are the modules for the node's operator.
func (h *House) modemViews() []fmc.ModemView {
	paths := map[string]string{}
	for _, p := range h.plugs.List() {
		paths[p.Name] = p.Path
	}
	for _, g := range h.boxes.all {
		for _, l := range g.Lines {
			paths[g.lineOf(l.ID)] = g.at()
		}
	}
	var all []fmc.ModemView
	for _, v := range h.gsm.Views() {
		all = append(all, fmc.ModemView{
			Name: v.Port, Path: paths[v.Port], Family: v.Module.Family, Maker: v.Module.Maker, Model: v.Module.Model, Revision: v.Module.Revision,
			IMEI: v.Module.IMEI, ICCID: v.Card, Company: v.Owner, State: string(v.State), Why: v.Why, Can: abilities(v.Can),
		})
	}
	return all
}

// abilities is what a module can do, by name.
func abilities(c modem.Capabilities) map[string]string {
	if c == (modem.Capabilities{}) {
		return nil
	}
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	return map[string]string{
		"voice": string(cmp.Or(c.Voice, modem.NoVoice)), "sms": yes(c.SMS), "ussd": yes(c.USSD), "hold": yes(c.Hold), "keys in": yes(c.KeysIn),
		"keys out": c.KeysOut, "forwarding": yes(c.Forward), "pin attempts": yes(c.Attempts), "proved": c.Proved,
	}
}

// Lines are a company's SIM lines as Decide sees them, for whoever runs a house in a test.
func (h *House) Lines(id fmc.CompanyID) []fmc.LineState {
	c, ok := h.directory.Company(id)
	if !ok {
		return nil
	}
	return h.gsm.Lines(c)
}
