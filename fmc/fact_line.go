package fmc

import "time"

// Facts of lines that are of no call and no message. Those of cards alone stand in message.go.

// TrunkSeen says that a carrier's trunk was lost to a company that may use it, or came back.
type TrunkSeen struct {
	At    time.Time `json:"at"`
	Trunk TrunkID   `json:"trunk"`
	Ready bool      `json:"ready"`
	Why   string    `json:"why,omitempty"`
}

// LimitSeen says that a card was used up to one of its limits: it takes nothing more of that kind before Until. It is told
// again after a restart, with the same Until.
type LimitSeen struct {
	At    time.Time `json:"at"`
	SIM   ICCID     `json:"sim"`
	Limit LimitKind `json:"limit"`
	Most  int       `json:"most"` // calls, messages, or minutes
	Until time.Time `json:"until"`
}

// USSDSeen is what a network answered to a person's USSD. What was asked stands nowhere: it may hold a secret.
type USSDSeen struct {
	At   time.Time `json:"at"`
	SIM  ICCID     `json:"sim"`
	Text string    `json:"text"`
	Open bool      `json:"open,omitempty"` // it expects an answer
}

func (TrunkSeen) happening() string { return "trunk_seen" }
func (LimitSeen) happening() string { return "limit_seen" }
func (USSDSeen) happening() string  { return "ussd_seen" }

// LimitKind names what a card is limited in.
type LimitKind string

// The limits of a card: three of a day, and two of the tariff's month.
const (
	LimitCalls           LimitKind = "calls"
	LimitTalk            LimitKind = "talk" // minutes
	LimitMessages        LimitKind = "messages"
	LimitPackageMinutes  LimitKind = "package_minutes"
	LimitPackageMessages LimitKind = "package_messages"
)

// Reached are the limits that a card is used up to, at a moment in the company's zone.
func (s *SIM) Reached(used SIMUsed, now time.Time) (all []LimitSeen) {
	day := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location())
	_, month := s.Package.Month(now)
	for _, x := range []struct {
		limit      LimitKind
		used, most int
		until      time.Time
	}{
		{LimitCalls, used.Calls, s.Limits.Calls, day},
		{LimitTalk, int(used.Talk / time.Minute), int(s.Limits.Talk / time.Minute), day},
		{LimitMessages, used.Messages, s.Limits.Messages, day},
		{LimitPackageMinutes, int(used.MonthTalk / time.Minute), s.Package.Minutes, month},
		{LimitPackageMessages, used.MonthMessages, s.Package.Messages, month},
	} {
		if x.most > 0 && x.used >= x.most {
			all = append(all, LimitSeen{At: now.UTC(), SIM: s.ICCID, Limit: x.limit, Most: x.most, Until: x.until.UTC()})
		}
	}
	return all
}

// Month is the tariff's month that holds a moment, in the moment's zone: from its day of the month, in a shorter month
// from the last day, until the next one begins.
func (p SIMPackage) Month(now time.Time) (from, until time.Time) {
	day := max(1, p.Day)
	begin := func(month time.Month) time.Time {
		last := time.Date(now.Year(), month+1, 0, 0, 0, 0, 0, now.Location()).Day()
		return time.Date(now.Year(), month, min(day, last), 0, 0, 0, 0, now.Location())
	}
	if from = begin(now.Month()); from.After(now) {
		return begin(now.Month() - 1), from
	}
	return from, begin(now.Month() + 1)
}
