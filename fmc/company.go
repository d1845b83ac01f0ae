package fmc

import (
	"strings"
	"time"

	"roadline/callerid"
)

// Company is one version of one company's document, as everything that decides sees it. It is never changed after it
// was built: a change is a new version with a higher generation.
type Company struct {
	Profile     Profile
	Generation  int64 // assigned when the version was applied; 0 for a draft
	Hours       map[HoursID]Hours
	Sites       []Site
	Numbers     []Number
	SIMs        []SIM
	Employees   []Employee
	Groups      []Group
	Conferences []Conference
	Results     []Result // empty: the usual ones; see CallResults
	Scenarios   map[ScenarioID]Scenario
	Programs    []Program
	Rules       Rules
	Tests       []Test

	index *index // what is looked up often; nil: looked for
}

// Profile is what identifies a company and where it lives.
type Profile struct {
	ID        CompanyID
	Name      string
	Country   string // ISO 3166-1 alpha-2: numbers are read by its plan
	Language  string // "en" or "ru": of what callers hear
	Zone      *time.Location
	Suspended bool // its calls are refused with 403
	// Words are prompts in words of its own, spoken when a version is applied; they come before the house's of that name.
	Words map[PromptID]string
	// HoldMusic is the prompt that whoever is held, parked or waits hears; empty, or without a sound of that name: the house's.
	HoldMusic PromptID
}

// Site is a place with fixed phones.
type Site struct {
	ID        SiteID
	Emergency EmergencyRoute
}

// EmergencyRoute is where an emergency call from a site's fixed phones goes, ahead of every rule.
type EmergencyRoute struct {
	Trunk  TrunkID
	Number callerid.Number // shown to the emergency service
}

// Number is a number of the company.
type Number struct {
	Number   callerid.Number
	Trunk    TrunkID
	SIM      ICCID // of the card that carries it, in place of a trunk
	Lines    int   // simultaneous calls it may carry; 0: as many as the trunk
	Scenario ScenarioID
	Access   Access         // what people of the company get who call it from their mobiles
	Owner    EmployeeID     // whose personal number it is; rings the owner
	Proof    callerid.Proof // that it may be shown on trunks; a SIM's calls show its number without
	// AnswerWithin is how long a call to a SIM's number may ring for its owner before it is answered: its network gives
	// up a little later. 0: AnswerTime.
	AnswerWithin time.Duration
	// StandsFor is the card whose network brings the calls here that it cannot take: whoever comes by this number meant that
	// card, also where the trunk does not say who diverted the call. Empty: none.
	StandsFor ICCID
}

// AnswerTime is how long a call to a SIM rings unanswered where the number says nothing: 4 s less than the shortest wait
// that networks are known to have (FLOWS E2c).
const AnswerTime = 20 * time.Second

// Limit names what limits its calls: Lines, or the one call that a SIM carries.
func (n Number) Limit() LimitID {
	if n.SIM != "" {
		return n.SIM.Limit()
	}
	return LimitID(numberPrefix + n.Number.E164)
}

const numberPrefix = "number:"

// Number is the E.164 number whose calls it limits; empty: it limits something else.
func (id LimitID) Number() string {
	number, ok := strings.CutPrefix(string(id), numberPrefix)
	if !ok {
		return ""
	}
	return number
}

// Employee is a person.
type Employee struct {
	ID        EmployeeID
	Name      string
	Extension string
	Groups    []GroupID
	Hours     HoursID // when the person may be rung; empty: always
	Devices   []Device
	Ring      []RingStep // in the order of the file
	Voicemail Mailbox
	Mail      string        // where the person is written to; empty: nowhere
	May       *Destinations // in place of the company's; nil: the company's
	Caps      *Caps         // in place of the company's; nil: the company's
	Operator  string        // of the person's mobile, where known: a SIM of the same is taken first
	Roles     []string      // in the cabinet, by the names of cabinet/access; none: employee
}

// DeviceKind says how a device is reached.
type DeviceKind uint8

// The kinds of device.
const (
	SIPPhone DeviceKind = iota + 1 // a desk or soft phone that registers
	Mobile                         // an ordinary mobile, over trunk or SIM
)

// Device is something that rings for a person.
type Device struct {
	ID      DeviceID
	Kind    DeviceKind
	Number  callerid.Number // of a Mobile
	Account AccountID       // of a SIPPhone
	Fixed   bool            // a SIPPhone that does not leave its Site
	Site    SiteID
}

// RingStep is one device in a person's ringing order.
type RingStep struct {
	Device  DeviceID
	After   time.Duration // since the ringing of the person began
	For     time.Duration // since the device alerts
	Confirm bool          // whoever picks up must press 1
}

// Mailbox is where a person's or a group's voicemail is listed, and whom it is mailed to.
type Mailbox struct {
	Mail      string
	Greetings []Greeting // the first that fits is heard; none: the house's own
}

// IsZero reports that nothing is written of it.
func (m Mailbox) IsZero() bool { return m.Mail == "" && len(m.Greetings) == 0 }

// Greeting is what is heard before a message is left, while its hours are.
type Greeting struct {
	Inside, Outside HoursID // at most one is set; neither: always
	Prompt          PromptID
}

// Conference is a room for three and more: people of the company dial its extension, others are led there.
type Conference struct {
	ID        ConferenceID
	Name      string
	Extension string
	Record    bool
}

// Access is what a person of the company gets who calls a number from their own mobile. For everybody else the number
// is as any other.
type Access uint8

// The accesses.
const (
	NoAccess    Access = iota // as any caller
	CallThrough               // a tone, and then the number they key is called as the company: FLOWS E2a
	CallBack                  // the call is declined, and the person is called back: FLOWS E2b
)

// Strategy is the order in which a group's people are rung.
type Strategy uint8

// The strategies.
const (
	RingAll     Strategy = iota // everybody at once
	Hunt                        // one after another, in the order of the file
	LongestIdle                 // one after another, the longest without a call first
	RoundRobin                  // one after another, beginning behind the last who was rung
)

// Group is a department.
type Group struct {
	ID        GroupID
	Name      string
	Extension string
	Strategy  Strategy
	Ring      time.Duration // how long one round of ringing may last
	Each      time.Duration // Hunt, LongestIdle, RoundRobin: how long one person rings
	Wait      WaitRule
	Sticky    time.Duration // a client within it goes to the same person first; 0: never
	Head      EmployeeID
	Overflow  Action // where a call goes that nobody took; zero: the group's voicemail
	Mailbox   Mailbox
}

// WaitRule is a group's waiting line.
type WaitRule struct {
	Longest  time.Duration // how long one may wait; 0: no line, a busy group overflows at once
	Music    PromptID      // "default" where the company has none of its own
	Position bool          // callers hear their place when they join
	Most     int           // how many may wait; 0: any number
}

// Employee returns the person of that id.
func (c *Company) Employee(id EmployeeID) (*Employee, bool) {
	if c.index != nil {
		return c.index.employee(c, id)
	}
	return find(c.Employees, func(e *Employee) bool { return e.ID == id })
}

// Group returns the group of that id.
func (c *Company) Group(id GroupID) (*Group, bool) {
	return find(c.Groups, func(g *Group) bool { return g.ID == id })
}

// Conference returns the conference of that id.
func (c *Company) Conference(id ConferenceID) (*Conference, bool) {
	return find(c.Conferences, func(x *Conference) bool { return x.ID == id })
}

// NumberOf returns the company's number with that E.164 form.
func (c *Company) NumberOf(e164 string) (*Number, bool) {
	if c.index != nil {
		return c.index.number(c, e164)
	}
	return find(c.Numbers, func(n *Number) bool { return n.Number.E164 == e164 })
}

// Site returns the site of that id.
func (c *Company) Site(id SiteID) (*Site, bool) {
	return find(c.Sites, func(s *Site) bool { return s.ID == id })
}

// Account returns the person and the device of a SIP account.
func (c *Company) Account(id AccountID) (*Employee, *Device, bool) {
	if c.index != nil {
		return c.index.account(c, id)
	}
	for i := range c.Employees {
		if d, ok := find(c.Employees[i].Devices, func(d *Device) bool { return id != "" && d.Account == id }); ok {
			return &c.Employees[i], d, true
		}
	}
	return nil, nil, false
}

// Mobile returns the person whose mobile has that number.
func (c *Company) Mobile(e164 string) (*Employee, bool) {
	if c.index != nil {
		return c.index.mobile(c, e164)
	}
	return find(c.Employees, func(e *Employee) bool {
		_, ok := find(e.Devices, func(d *Device) bool { return e164 != "" && d.Kind == Mobile && d.Number.E164 == e164 })
		return ok
	})
}

// Extension returns whom a short number reaches: a person, else a group, else a conference; a zero Action for nobody.
func (c *Company) Extension(digits string) Action {
	if digits == "" {
		return Action{}
	}
	if e, ok := find(c.Employees, func(e *Employee) bool { return e.Extension == digits }); ok {
		return Action{Do: RingEmployee, Employee: e.ID}
	}
	if g, ok := find(c.Groups, func(g *Group) bool { return g.Extension == digits }); ok {
		return Action{Do: RingGroup, Group: g.ID}
	}
	if x, ok := find(c.Conferences, func(x *Conference) bool { return x.Extension == digits }); ok {
		return Action{Do: JoinConference, Conference: x.ID}
	}
	return Action{}
}

// Members returns the people of a group in the order of the file.
func (c *Company) Members(id GroupID) []*Employee {
	if c.index != nil {
		return c.index.members[id]
	}
	var members []*Employee
	for i := range c.Employees {
		for _, g := range c.Employees[i].Groups {
			if g == id {
				members = append(members, &c.Employees[i])
				break
			}
		}
	}
	return members
}

// Device returns the person's device of that id.
func (e *Employee) Device(id DeviceID) (*Device, bool) {
	return find(e.Devices, func(d *Device) bool { return d.ID == id })
}

// HasMobile reports whether the person has a mobile that can be rung.
func (e *Employee) HasMobile() bool {
	_, ok := find(e.Devices, func(d *Device) bool { return d.Kind == Mobile })
	return ok
}

// Owned returns the numbers that the company has proved to be its own.
func (c *Company) Owned() callerid.Owned {
	if c.index != nil {
		return c.index.owned
	}
	var proofs []callerid.Proof
	for i := range c.Numbers {
		if !c.Numbers[i].Proof.IsZero() {
			proofs = append(proofs, c.Numbers[i].Proof)
		}
	}
	return callerid.NewOwned(proofs...)
}

func find[T any](all []T, is func(*T) bool) (*T, bool) {
	for i := range all {
		if is(&all[i]) {
			return &all[i], true
		}
	}
	return nil, false
}
