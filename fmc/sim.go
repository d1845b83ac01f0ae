package fmc

import (
	"slices"
	"strings"
	"time"

	"roadline/callerid"
)

// ICCID identifies a SIM card: its digits, without filler. The card, not the port, owns number, limits and history.
type ICCID string

// Line is the line that a SIM makes, wherever it is plugged in.
func (id ICCID) Line() LineID { return LineID(simPrefix + string(id)) }

// Limit is the one call that a card carries at a time.
func (id ICCID) Limit() LimitID { return LimitID(simPrefix + string(id)) }

const simPrefix = "sim:"

// SIM returns the card that makes the line, where one does.
func (id LineID) SIM() (ICCID, bool) {
	card, ok := strings.CutPrefix(string(id), simPrefix)
	return ICCID(card), ok && card != ""
}

// SIM is a card of the company, as its document has it.
type SIM struct {
	ICCID    ICCID
	Number   callerid.Number // its subscriber number; what the far side of its calls sees
	Operator string          // as the company calls it: compared with Employee.Operator
	Person   EmployeeID      // whose calls go by it first; empty: nobody's
	Package  SIMPackage
	Limits   SIMLimits
	Roaming  bool // may call and send while it is abroad
	Mandate  Mandate
	Balance  BalanceQuery
	Forward  Forwarding // where calls go that it cannot take; nil: as Rules.Forwarding has it
}

// SIMPackage is what the tariff includes a month.
type SIMPackage struct {
	Tariff   string
	Minutes  int           // of calls out; 0: none are counted
	Messages int           // parts sent; 0: none are counted
	Day      int           // of the month on which it begins, 1 to 31; in a shorter month its last day
	Step     time.Duration // what a call is rounded up to; 0: a second
}

// SIMLimits are what a card may be used for a day, in the company's zone; 0: no limit.
type SIMLimits struct {
	Calls    int           // out
	Talk     time.Duration // out
	Messages int           // parts sent
}

// BalanceQuery is how a card is asked for its balance.
type BalanceQuery struct {
	USSD    string  // such as "*100#"; empty: it is not asked
	Amount  string  // a pattern with one group: the amount in the answer
	Minutes string  // a pattern with one group: the minutes left
	Low     float64 // below it somebody is told; 0: nobody is
}

// SIMUse is what a card is used for.
type SIMUse string

// The uses.
const (
	UseCalls    SIMUse = "calls"
	UseMessages SIMUse = "messages"
)

// Mandate says whose a card is, what for and where it may be used. A card without one is not used.
type Mandate struct {
	Owner    string // who signed the contract with the operator
	Contract string
	For      []SIMUse
	Where    []string  // ISO 3166-1 alpha-2 of the countries that may be called or written to; empty: the company's own
	From     time.Time // zero: since ever
	Until    time.Time // zero: for ever
}

// IsZero reports that there is no mandate.
func (m *Mandate) IsZero() bool { return m.Owner == "" }

// Allows says in a sentence why a card may not be used so, now, towards a country; "" where it may. home is the
// company's country.
func (m *Mandate) Allows(use SIMUse, country, home string, now time.Time) string {
	switch {
	case m.IsZero():
		return "no mandate is on file for this SIM"
	case !slices.Contains(m.For, use):
		return "the mandate of this SIM does not name " + string(use)
	case !m.From.IsZero() && now.Before(m.From):
		return "the mandate of this SIM begins on " + m.From.Format(time.DateOnly)
	case !m.Until.IsZero() && !now.Before(m.Until):
		return "the mandate of this SIM ended on " + m.Until.Format(time.DateOnly)
	case country != "" && !m.Reaches(country, home):
		return "the mandate of this SIM does not reach " + country
	}
	return ""
}

// mandateNear is how many days before its end somebody is told that a mandate ends: an operator's contract takes weeks.
const mandateNear = 30

// Ending reports that a mandate has not ended, and does soon.
func (m *Mandate) Ending(now time.Time) bool {
	return !m.Until.IsZero() && now.Before(m.Until) && !now.Before(m.Until.AddDate(0, 0, -mandateNear))
}

// Reaches reports whether the mandate names a country. home is the company's.
func (m *Mandate) Reaches(country, home string) bool {
	if len(m.Where) == 0 {
		return country == home
	}
	return slices.Contains(m.Where, country)
}

// SIMState is what is known of a SIM line when somebody asks whether it may serve: the part of LineState that SIMs have.
type SIMState struct {
	ICCID     ICCID   `json:"iccid"`
	Modem     string  `json:"modem,omitempty"`   // the port it is in
	Network   string  `json:"network,omitempty"` // as the network calls itself
	Roaming   bool    `json:"roaming,omitempty"`
	SignalDBm int     `json:"signal_dbm,omitempty"` // 0: not known
	MOS       int     `json:"mos,omitempty"`        // of its latest calls, in hundredths; 0: not known
	Used      SIMUsed `json:"used"`
	Shadow    bool    `json:"shadow,omitempty"` // a shadow call has the line, and gives way
	Asking    bool    `json:"asking,omitempty"` // its network is asked where calls go: a call waits for the answer
}

// SIMUsed is what a card was used for, counted in the company's zone.
type SIMUsed struct {
	Calls    int           `json:"calls,omitempty"`    // out, today
	Talk     time.Duration `json:"talk,omitempty"`     // out, today
	Messages int           `json:"messages,omitempty"` // parts sent today
	// Of the package's running month, each call rounded up to the package's step.
	MonthTalk     time.Duration `json:"month_talk,omitempty"`
	MonthMessages int           `json:"month_messages,omitempty"`
}

// SIM returns the company's card of that ICCID.
func (c *Company) SIM(id ICCID) (*SIM, bool) {
	if c.index != nil {
		return c.index.sim(c, id)
	}
	return find(c.SIMs, func(s *SIM) bool { return s.ICCID == id })
}
