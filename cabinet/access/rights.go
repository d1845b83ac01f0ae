package access

import (
	"maps"
	"slices"
)

// Role is what a person is in the cabinet, as the company's document writes it.
type Role string

// The roles. Head is never written: who is the head of a group has it.
const (
	Employee      Role = "employee"      // sees what is the person's own; who has no role written has this one
	Head          Role = "head"          // of groups: what is of their people
	Marketer      Role = "marketer"      // statistics alone
	Accountant    Role = "accountant"    // money alone
	Manager       Role = "manager"       // everything that is heard and counted, no settings
	Administrator Role = "administrator" // settings, people and the audit; hears nothing
	Operator      Role = "operator"      // lines, cards, messages and how calls went; hears nothing
)

// Roles are all roles, in the order in which people list them.
var Roles = []Role{Employee, Head, Marketer, Accountant, Manager, Administrator, Operator}

// Right is something that may be done. Tokens list rights by these names.
type Right string

// The rights.
const (
	CallsRead        Right = "calls.read"        // records, how they went, minutes
	CallsMake        Right = "calls.make"        // have a person called, and then whom they want; Own: oneself
	CallsWatch       Right = "calls.watch"       // those that go on
	CallsAct         Right = "calls.act"         // hold, transfer, take, hang up
	CallsTrace       Right = "calls.trace"       // the wire: SIP, AT, RTP
	RecordingsListen Right = "recordings.listen" // and download
	RecordingsShare  Right = "recordings.share"  // links for those who cannot sign in
	RecordingsKeep   Right = "recordings.keep"   // hold and release
	RecordingsDelete Right = "recordings.delete"
	CommentsWrite    Right = "comments.write"
	ReviewsRead      Right = "reviews.read"   // what was thought of calls
	ReviewsWrite     Right = "reviews.write"  // listen to calls that are picked, and say what one thinks
	ClientsRead      Right = "clients.read"   // who a number is; Own: of clients in calls that one sees
	ClientsChange    Right = "clients.change" // as above
	VoicemailListen  Right = "voicemail.listen"
	MissedWork       Right = "missed.work" // see, take and close who should be called back
	StatisticsRead   Right = "statistics.read"
	MoneyRead        Right = "money.read" // costs of calls and lines
	LinesRead        Right = "lines.read" // lines, cards, trunks
	LinesAct         Right = "lines.act"  // release, restart, rebind, forward, test, move in a SIM bank
	BalancesRead     Right = "balances.read"
	MessagesRead     Right = "messages.read"
	MessagesSend     Right = "messages.send"
	ProgramsRead     Right = "programs.read"   // programs that send by SMPP, message centres, and by what a message would leave
	ProgramsChange   Right = "programs.change" // what programs bind with
	USSDAsk          Right = "ussd.ask"
	AlertsRead       Right = "alerts.read"
	PeopleRead       Right = "people.read"   // names, extensions and groups of colleagues
	PeopleChange     Right = "people.change" // invitations, passwords, PINs, sessions of others
	DocumentRead     Right = "document.read" // and rehearse what would happen
	DocumentChange   Right = "document.change"
	DocumentPublish  Right = "document.publish"
	DocumentOverride Right = "document.override" // publish although the company's own tests fail
	AuditRead        Right = "audit.read"        // Own: what was done by and to oneself
	TokensChange     Right = "tokens.change"     // Own: personal ones; Company: everybody's, and of services
	// WebhooksChange may have programs outside told of what happens, also of what the right's holder may not read: what a
	// company tells its own systems is for its administrator to decide, and who did it stands in the audit. In the cabinet and
	// its API a message in the log is shown to those alone whom its own right reaches.
	WebhooksChange  Right = "webhooks.change"
	RetentionChange Right = "retention.change"
	SelfChange      Right = "self.change" // own hours, ringing, do-not-disturb, PIN, password
)

// Reach is how far a right reaches; a wider one has all that a narrower one has.
type Reach uint8

// The reaches.
const (
	None    Reach = iota
	Own           // what is the person's own, and what is of the person's groups and nobody's in them
	Groups        // what is of the people and of the groups that the person is the head of
	Company       // everything of the company, but for private calls, which are their owner's alone
)

var reachWords = [...]string{None: "nothing", Own: "what is your own", Groups: "what is of your groups", Company: "the whole company"}

// String is the reach in words.
func (r Reach) String() string { return reachWords[r] }

type row = map[Role]Reach

// everyone may do something for themselves, or all the same way.
func everyone(reach Reach) row {
	r := row{}
	for _, role := range Roles {
		r[role] = reach
	}
	return r
}

// table is who may what. What does not stand here is denied.
var table = map[Right]row{
	CallsRead:        {Employee: Own, Head: Groups, Manager: Company, Operator: Company},
	CallsMake:        {Employee: Own, Head: Own, Manager: Company},
	CallsWatch:       {Employee: Own, Head: Groups, Manager: Company, Operator: Company},
	CallsAct:         {Employee: Own, Head: Groups, Manager: Company},
	CallsTrace:       {Operator: Company},
	RecordingsListen: {Employee: Own, Head: Groups, Manager: Company},
	RecordingsShare:  {Head: Groups, Manager: Company},
	RecordingsKeep:   {Manager: Company},
	RecordingsDelete: {Manager: Company},
	CommentsWrite:    {Employee: Own, Head: Groups, Manager: Company},
	ReviewsRead:      {Employee: Own, Head: Groups, Manager: Company},
	ReviewsWrite:     {Head: Groups, Manager: Company},
	ClientsRead:      {Employee: Own, Head: Own, Manager: Company, Operator: Company},
	ClientsChange:    {Employee: Own, Head: Own, Manager: Company},
	VoicemailListen:  {Employee: Own, Head: Groups, Manager: Company},
	MissedWork:       {Employee: Own, Head: Groups, Manager: Company},
	StatisticsRead:   {Employee: Own, Head: Groups, Marketer: Company, Manager: Company},
	MoneyRead:        {Accountant: Company, Manager: Company},
	LinesRead:        {Operator: Company},
	LinesAct:         {Operator: Company},
	BalancesRead:     {Accountant: Company, Operator: Company},
	MessagesRead:     {Operator: Company},
	MessagesSend:     {Operator: Company},
	ProgramsRead:     {Administrator: Company, Operator: Company},
	ProgramsChange:   {Administrator: Company},
	USSDAsk:          {Operator: Company},
	AlertsRead:       {Manager: Company, Administrator: Company, Operator: Company},
	PeopleRead:       everyone(Company),
	PeopleChange:     {Administrator: Company},
	DocumentRead:     {Administrator: Company},
	DocumentChange:   {Administrator: Company},
	DocumentPublish:  {Administrator: Company},
	DocumentOverride: {Administrator: Company},
	AuditRead:        {Employee: Own, Head: Own, Marketer: Own, Accountant: Own, Manager: Own, Administrator: Company, Operator: Own},
	TokensChange:     {Employee: Own, Head: Own, Marketer: Own, Accountant: Own, Manager: Own, Administrator: Company, Operator: Own},
	WebhooksChange:   {Administrator: Company},
	RetentionChange:  {Administrator: Company},
	SelfChange:       everyone(Own),
}

// Rights are all rights by name.
func Rights() []Right { return slices.Sorted(maps.Keys(table)) }

// Known reports whether there is such a right.
func (r Right) Known() bool { return table[r] != nil }
