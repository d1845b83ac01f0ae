package doctor

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/fmc/plan"
	"roadline/recording"
	"roadline/store"
)

// Node is a server that runs, as it sees itself.
type Node struct {
	Now       time.Time
	Database  error        // why it does not answer; nil: it does
	Pulse     *store.Pulse // nil: it was not taken
	Drain     error        // why the database does not take facts; nil: it does
	Behind    uint64       // facts that wait for it
	Trunks    []Trunk
	Gateways  []Gateway
	Phones    int // that are registered
	Ports     int // free pairs of media ports
	Companies []Company
	Unclaimed map[string]int // texts and reports that wait for a card's company, by what is known of the card
}

// Trunk is one of the node's trunks.
type Trunk struct {
	ID      fmc.TrunkID
	Company fmc.CompanyID // that it serves alone; empty: several, or none
	Answers bool
}

// Gateway is one of the node's SIP-GSM gateways.
type Gateway struct {
	Name  string
	Lines int
	Tell  int    // lines that the box tells of
	Clear string // which of its secrets travel readable, in a sentence; empty: none does
}

// Company is a company of the node.
type Company struct {
	*fmc.Company
	Lines    []fmc.LineView
	Usage    recording.Usage
	Accounts []store.Account // with their secrets
	World    plan.World
}

// Examine asks what a server knows.
func (n Node) Examine(ctx context.Context) []Finding { return examine(ctx, n, nodeChecks) }

var nodeChecks = []check[Node]{
	{"database", "database", database},
	{"database", "drain", drain},
	{"database", "quarantine", quarantine},
	{"network", "rtp_free", freePorts},
	{"sip", "trunk", trunks},
	{"sip", "phones", phones},
	{"gsm", "gateway", gateways},
	{"gsm", "line", lines},
	{"gsm", "mandate", mandates},
	{"gsm", "unclaimed", unclaimed},
	{"recordings", "quota", quotas},
	{"recordings", "keep", keeps},
	{"telling", "overdue", overdue},
	{"security", "password", passwords},
	{"security", "gateway_clear", clearGateways},
	{"security", "stranger", strangers},
	{"security", "abroad", abroad},
}

func gateways(_ context.Context, n Node) (all []Finding) {
	for _, g := range n.Gateways {
		level := Well
		if g.Tell == 0 {
			level = Bad
		}
		all = append(all, found(level, "gateway", g.Name, "told", strconv.Itoa(g.Tell), "count", strconv.Itoa(g.Lines)))
	}
	return all
}

func clearGateways(_ context.Context, n Node) (all []Finding) {
	for _, g := range n.Gateways {
		if g.Clear != "" {
			all = append(all, found(Warn, "gateway", g.Name, "why", g.Clear))
		}
	}
	return all
}

func database(_ context.Context, n Node) []Finding {
	if n.Database != nil {
		return one(Bad, "error", n.Database.Error())
	}
	version, bytes := "", int64(0)
	if n.Pulse != nil {
		version, bytes = n.Pulse.Version, n.Pulse.Bytes
	}
	return one(Well, "version", version, "size", recording.Room(bytes))
}

// farBehind is how many facts may wait: some minutes of a busy node.
const farBehind = 10_000

func drain(_ context.Context, n Node) []Finding {
	behind := strconv.FormatUint(n.Behind, 10)
	switch {
	case n.Drain != nil:
		return one(Bad, "behind", behind, "error", n.Drain.Error())
	case n.Behind > farBehind:
		return one(Warn, "behind", behind)
	}
	return one(Well, "behind", behind)
}

func quarantine(_ context.Context, n Node) []Finding {
	switch {
	case n.Pulse == nil:
		return nil
	case n.Pulse.Aside > 0:
		return one(Warn, "count", strconv.Itoa(n.Pulse.Aside))
	}
	return one(Well)
}

// fewPorts are too few: a call takes two pairs.
const fewPorts = 40

func freePorts(_ context.Context, n Node) []Finding {
	level := Well
	if n.Ports < fewPorts {
		level = Warn
	}
	return one(level, "free", strconv.Itoa(n.Ports))
}

func trunks(_ context.Context, n Node) []Finding {
	var all []Finding
	for _, t := range n.Trunks {
		level := Well
		if !t.Answers {
			level = Bad
		}
		f := found(level, "trunk", string(t.ID))
		if t.Company != "" {
			f.Values["company"] = string(t.Company)
		}
		all = append(all, f)
	}
	return all
}

func phones(_ context.Context, n Node) []Finding {
	accounts := 0
	for _, c := range n.Companies {
		accounts += len(c.Accounts)
	}
	if accounts == 0 {
		return nil
	}
	level := Well
	if n.Phones == 0 {
		level = Warn
	}
	return one(level, "phones", strconv.Itoa(n.Phones), "accounts", strconv.Itoa(accounts))
}

func lines(_ context.Context, n Node) []Finding {
	var all []Finding
	for _, c := range n.Companies {
		for _, l := range c.Lines {
			values := []string{"company", string(c.Profile.ID), "line", c.lineName(l), "modem", l.Name, "state", l.State, "why", l.Why, "wayout", l.WayOut}
			if l.SIM != nil {
				values = append(values, "signal", strconv.Itoa(l.SIM.SignalDBm))
			}
			switch {
			case l.Ready || l.Call != "" || l.State == fmc.LineInBank:
				all = append(all, found(Well, values...))
			case l.State == "starting" || l.State == "cooling" || l.State == "weak":
				all = append(all, found(Warn, values...))
			default:
				all = append(all, found(Bad, values...))
			}
		}
	}
	return all
}

// lineName is what people call a line: its number, else its card.
func (c Company) lineName(l fmc.LineView) string {
	if l.SIM != nil {
		if s, ok := c.SIM(l.SIM.ICCID); ok && s.Number.E164 != "" {
			return s.Number.E164
		}
	}
	return string(l.ID)
}

func mandates(_ context.Context, n Node) []Finding {
	var all []Finding
	for _, c := range n.Companies {
		for i := range c.SIMs {
			s := &c.SIMs[i]
			values := []string{"company", string(c.Profile.ID), "card", string(s.ICCID), "until", s.Mandate.Until.Format(time.DateOnly)}
			switch until := s.Mandate.Until; {
			case s.Mandate.IsZero(), !until.IsZero() && !n.Now.Before(until):
				all = append(all, found(Bad, values...))
			case s.Mandate.Ending(n.Now):
				all = append(all, found(Warn, values...))
			}
		}
	}
	return all
}

// unclaimed tells of texts that nobody may read.
func unclaimed(_ context.Context, n Node) (all []Finding) {
	for _, card := range slices.Sorted(maps.Keys(n.Unclaimed)) {
		all = append(all, found(Warn, "card", card, "count", strconv.Itoa(n.Unclaimed[card])))
	}
	return all
}

// nearFull is the part of a quota, in percent, from which somebody is told.
const nearFull = 80

func quotas(_ context.Context, n Node) []Finding {
	var all []Finding
	for _, c := range n.Companies {
		u := c.Usage
		if u.Quota == 0 {
			continue
		}
		values := []string{"company", string(c.Profile.ID), "used", recording.Room(u.Bytes), "quota", recording.Room(u.Quota), "share", strconv.Itoa(u.Share()), "full", "–"}
		if !u.Full.IsZero() {
			values[len(values)-1] = u.Full.Format(time.DateOnly)
		}
		switch {
		case u.Share() >= nearFull:
			all = append(all, found(Warn, values...))
		default:
			all = append(all, found(Well, values...))
		}
	}
	return all
}

// keeps tells of companies that record and never delete.
func keeps(_ context.Context, n Node) []Finding {
	var all []Finding
	for _, c := range n.Companies {
		r := c.Rules.Recording
		if (r.Inbound || r.Outbound || r.Internal) && r.Keep.Usual.IsZero() && len(r.Keep.Groups) == 0 && r.Keep.Quota == 0 {
			all = append(all, found(Warn, "company", string(c.Profile.ID)))
		}
	}
	return all
}

// overdueMost is how late what is told may be.
const overdueMost = 15 * time.Minute

func overdue(_ context.Context, n Node) []Finding {
	if n.Pulse == nil {
		return nil
	}
	var all []Finding
	for what, late := range map[string]time.Duration{"letters": n.Pulse.Jobs, "webhooks": n.Pulse.Webhooks} {
		if late > overdueMost {
			all = append(all, found(Warn, "what", what, "late", late.Round(time.Minute).String()))
		}
	}
	if len(all) == 0 {
		return one(Well)
	}
	return all
}

// commonPasswords are tried first by whoever guesses.
var commonPasswords = []string{"", "1234", "12345", "123456", "12345678", "password", "secret", "admin", "roadline", "qwerty", "0000", "1111"}

// passwords tries whether accounts have one that is guessed first: a common one, or one made of the account's own name.
func passwords(_ context.Context, n Node) []Finding {
	var all []Finding
	tried := 0
	for _, c := range n.Companies {
		for _, a := range c.Accounts {
			if a.Secret.SHA256 == "" && a.Secret.MD5 == "" {
				continue
			}
			tried++
			if c.guessed(a) {
				all = append(all, found(Bad, "company", string(c.Profile.ID), "account", string(a.Name), "employee", string(a.Employee)))
			}
		}
	}
	if len(all) == 0 && tried > 0 {
		return one(Well, "count", strconv.Itoa(tried))
	}
	return all
}

func (c Company) guessed(a store.Account) bool {
	tries := append([]string{string(a.Name), string(a.Employee), string(c.Profile.ID), string(a.Name) + "123", strings.ToLower(c.Profile.Name)}, commonPasswords...)
	if e, ok := c.Employee(a.Employee); ok && e.Extension != "" {
		tries = append(tries, e.Extension, e.Extension+e.Extension)
	}
	for _, password := range tries {
		s := store.SecretOf(string(a.Name), a.Realm, password)
		if a.Secret.SHA256 == s.SHA256 || a.Secret.SHA256 == "" && a.Secret.MD5 == s.MD5 {
			return true
		}
	}
	return false
}
