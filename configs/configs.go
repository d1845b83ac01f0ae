// Package configs turns strict text into values and back: roadline.yaml, which describes a machine, and company files,
// which describe a company. Whatever is unknown, not built yet, out of range or contradictory is refused with file,
// line and what to write instead; nothing is guessed and nothing ignored. It owns the shape of the files only: what the
// values mean is the business of the packages that take them. Start at ReadMachine and ReadCompany.
package configs

import (
	"net/netip"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// Machine is what roadline.yaml says. The zero value, which an empty file gives, is a working machine: it listens on
// loopback and private addresses, keeps everything under Data, starts its own PostgreSQL and has no trunk.
type Machine struct {
	Node      fmc.NodeID // default: the host's name
	Data      string     // folder of everything that is kept; default "data" beside the file
	Socket    string     // of the API for the command line; default Data/roadline.sock
	Database  string     // PostgreSQL connection string; default: a private server under Data
	SIP       SIP
	Media     Media
	Trunks    []Trunk
	Modems    []Modem // nil: whatever is plugged in; empty: none
	Gateways  []Gateway
	Banks     []Bank
	SIMs      []SIM // which company may use which card; no other card is used
	GSM       GSM
	SMPP      SMPP
	Recording Recording
	Trace     Trace
	Mail      *Mail // nil: nothing is mailed
	Web       *Web  // nil: no pages are served
	Metrics   Metrics
	Webhooks  Webhooks
	Log       Log
}

// SIP is where the node is reached.
type SIP struct {
	UDP, TCP []netip.AddrPort // both empty: port 5060 of every loopback and private address
	Trusted  []netip.Prefix   // never limited, never banned
}

// Media is the node's RTP.
type Media struct {
	Bind     []netip.Addr // empty: the addresses of SIP
	From, To uint16       // UDP ports, both included; 0: 20000 to 29999
	Threads  int          // read loops; 0: one for two processors
}

// Modem is a port with a radio module.
type Modem struct {
	Name   string // in what is told of it; default: At
	At     string // its place on USB, "usb:1-1.2", or the path of its AT port
	Family string // empty: found by asking it
	PCM    string // path of the serial port with its sound, or "card:" and a sound card; empty: as its family has it
}

// SIM is a card that a company may use.
type SIM struct {
	ICCID   fmc.ICCID
	Company fmc.CompanyID
	PINFile string // a file with its PIN alone; empty: it has none, or nobody enters it
}

// GSM is when SIM lines are used and when they are given a rest, and how far they are believed. Zero values mean the
// default, but for Trust.
type GSM struct {
	Trust      fmc.Trust     // how far the number of who calls a card is believed
	Signal     int           // dBm, below 0: a line with less is not used; 0: -105
	Hysteresis int           // dB more than Signal at which it is used again; 0: 5
	Failures   int           // of calls in a row, by the line's own fault, until it cools down; 0: 3
	CoolDown   time.Duration // the first; each further one in a row lasts twice as long, an hour at most; 0: a minute
	Watchdog   time.Duration // a call that stands in one state before the answer for so long is hung up; 0: 45 s
	Resets     int           // of a module within an hour until it is quarantined; 0: 3
}

// Recording is where tapes lie.
type Recording struct {
	Spool string // default Data/recordings
}

// Log is how much is said.
type Log struct {
	Level  string // debug, info, warn, error; default info
	Format string // text or json; default text
}

// Trunk is one carrier.
type Trunk struct {
	ID         fmc.TrunkID
	Form       callerid.Form
	From       []string // addresses or networks, with a port or without, that its calls come from
	Targets    []string // where our calls go, in order
	Login      Login
	Calls      int           // simultaneous calls; 0: no limit
	Options    time.Duration // between two OPTIONS; 0: 30 s; negative: never
	EarlyMedia bool
	CalledInTo bool
	Codecs     []string // pcma, pcmu
	Causes     map[int]cause.Meaning
	Trust      fmc.Trust // how far the callers' numbers are believed that it brings
	FMC        *FMC      // it is an operator's FMC trunk; nil: a carrier's
	Grants     []Grant
}

// Login is our account at a trunk. The password stands in a file of its own.
type Login struct {
	Name         string
	PasswordFile string
	Realm        string
}

// Grant gives a company the use of a trunk: the numbers that are its own there, and calling out.
type Grant struct {
	Company fmc.CompanyID
	Numbers []callerid.Number
	Out     bool
}
