// Package cabinet is what people and programs see of a node: for now the API, JSON over HTTP on the server's unix
// socket, which the command line speaks to. It turns a request into questions to the store, the directory and the
// calls, and errors into problems that a person can act on; it keeps nothing and decides nothing about a call. Start at
// New and route.go; problem.go has the one table from kinds of error to statuses.
package cabinet

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/doctor"
	"roadline/cabinet/document"
	"roadline/cabinet/hook"
	"roadline/fmc"
	"roadline/store"
)

// Options are what an API stands on.
type Options struct {
	Store     *store.Store
	Directory *store.Directory
	Calls     Calls
	Traces    Traces
	Sounds    Sounds
	Node      Node
	// Door lets people in; nil on a node without a cabinet in the web.
	Door *access.Door
	// News is what the node hears as it happens; nil on a node without a cabinet in the web.
	News *News
	// Webhooks says which receivers of events may be told.
	Webhooks hook.Guard
	// Recordings is the folder that the recorder delivers files to.
	Recordings string
	Now        func() time.Time
	Log        *slog.Logger
}

// Node is what the machine says of itself and of its companies. No function waits but Speak, Send and USSD.
type Node struct {
	State func() State
	// Health says part by part how the node is; it may take some seconds.
	Health func(context.Context) Health
	// Doctor looks for what is wrong with machine and server; it takes some seconds.
	Doctor func(context.Context) []doctor.Finding
	// Retry brings in what the drain put aside: all of it but holes, or what has the ids. It may take a while.
	Retry func(context.Context, []int64) (store.Retried, error)
	// Reach returns which lines may reach a device of a company now.
	Reach func(*fmc.Company, fmc.DeviceID) []fmc.LineState
	// Granted refuses a company that claims what roadline.yaml does not grant it, with cause.Denied.
	Granted func(*fmc.Company) error
	// Lasts returns how long a prompt is that the people of a company hear.
	Lasts func(fmc.CompanyID, fmc.PromptID) time.Duration
	// Speak makes the prompts and names of a company that is about to be applied; calls hear them once use is called. It
	// may take a while.
	Speak func(context.Context, *fmc.Company) (use func(), err error)

	// Heard takes that somebody heard a message that was left, so that it is not told as new by phone; nil: nobody tells.
	Heard func(fmc.CompanyID, fmc.PromptID)

	// Modes returns how the people of a company wish to be rung.
	Modes func(fmc.CompanyID) fmc.Modes
	// SetMode sets how a person wishes to be rung; it is in the journal when it returns.
	SetMode func(fmc.CompanyID, fmc.ModeSet) error

	// Sweep has the recordings swept soon: one was deleted by hand.
	Sweep func()

	// Trunks returns the trunks that a company's calls come and go by; nil: there are none.
	Trunks func(fmc.CompanyID) []TrunkShown
	// Bans returns the addresses that SIP is not taken from; nil: nobody listens for SIP.
	Bans func() []Ban
	// Unban listens to one of them again, and reports whether it was banned.
	Unban func(netip.Addr) bool

	// Of SIM lines; nil on a node that has none.

	// Lines returns a company's SIM lines, with those of cards that are in no modem.
	Lines func(fmc.CompanyID) []fmc.LineView
	// Modems returns every radio module.
	Modems func() []fmc.ModemView
	// Gateways returns the SIP-GSM gateways as a company sees them. No company: with all lines.
	Gateways func(fmc.CompanyID) []fmc.GatewayView
	// Cards reads the cards in the node's card readers.
	Cards func(context.Context) ([]fmc.CardView, error)
	// Unlock enters the PIN on file in a card that is in a reader, and returns what is then read. looked: a person has looked
	// at the card, so that a PIN which failed before may be tried once more.
	Unlock func(ctx context.Context, id fmc.ICCID, looked bool) (fmc.CardView, error)
	// Banks returns the SIM banks as a company sees them: its own cards, and all modems. No company: whoever's the cards are.
	Banks func(fmc.CompanyID) []fmc.BankView
	// MoveCard has a company's card of a bank serve a modem, or none; it is in the journal when it returns.
	MoveCard func(*fmc.Company, fmc.CardMove) error
	// Send takes a message to be sent and returns when it is on disk. from is a number of the company, an ICCID, or empty.
	Send func(ctx context.Context, company fmc.CompanyID, from, to, text, by string) (fmc.Message, error)
	// MessageWay decides by what a message leaves, and sends nothing.
	MessageWay func(*fmc.Company, fmc.MessageOrder) (fmc.MessageWay, error)
	// Programs returns how a company's programs are bound, and the message centres that it may use.
	Programs func(fmc.CompanyID) (map[fmc.ProgramID]ProgramShown, []CentreShown)
	// Release ends what keeps a line from taking calls after failures: a person has looked at it.
	Release func(company fmc.CompanyID, line fmc.LineID) error
	// Restart has the modem of a line boot anew, and waits until it did. lose: a call that goes on may be lost.
	Restart func(ctx context.Context, company fmc.CompanyID, line fmc.LineID, lose bool) error
	// TryCards has a company's card, or all of them where none is named, call another of its own and write to it as soon as
	// their lines are free, and returns who calls whom.
	TryCards func(c *fmc.Company, card fmc.ICCID, by string) ([]fmc.ShadowPair, error)
	// LookForwarding asks the network of a card where it takes the calls that the card cannot, has it set right as the
	// document wishes, and waits for it. by: who wants to see.
	LookForwarding func(ctx context.Context, company fmc.CompanyID, id fmc.ICCID, by string) (fmc.ForwardingSeen, error)
	// USSD asks a line's network, or answers what it asked, and waits for what it says.
	USSD func(ctx context.Context, company fmc.CompanyID, line fmc.LineID, text string) (fmc.USSDAnswer, error)
}

// State is how the node is.
type State struct {
	Node      fmc.NodeID
	SIP       string // where it listens
	Live      int    // calls
	Journal   error  // why facts are not written; nil: they are
	Drain     error  // why PostgreSQL does not take them; nil: it does
	Directory bool   // PostgreSQL was heard of at the last look; else the companies are as last known
}

// API answers requests. Any goroutine may call it.
type API struct {
	// Documents are the companies' documents: versions, drafts, and what calls come to on them.
	Documents *document.Archive

	o       Options
	mux     *http.ServeMux
	checkup *checkup
	signals signals
}

// New returns an API. It starts nothing.
func New(o Options) *API {
	a := &API{o: o, mux: http.NewServeMux(), checkup: newCheckup(o)}
	a.Documents = document.New(document.Options{
		Store: o.Store, Directory: o.Directory, Calls: o.Calls, Reach: o.Node.Reach, Granted: o.Node.Granted, Lasts: o.Node.Lasts, Speak: o.Node.Speak,
		Now: o.Now, Log: o.Log,
	})
	for _, r := range routes {
		a.answer(r.pattern, r.do)
	}
	return a
}

var _ http.Handler = (*API)(nil)
