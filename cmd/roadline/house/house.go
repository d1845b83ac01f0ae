// Package house builds, runs and stops everything: it maps what roadline.yaml says to the packages' own options, ties
// them to each other, and starts and stops them in order. It is importable, so that tests start the product by the same
// functions as the program. It decides nothing. Start at New, then House.Run; floors.go has the order.
package house

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/hook"
	"roadline/cabinet/web"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/room"
	"roadline/gsmgw"
	"roadline/gsmgw/bank"
	"roadline/gsmgw/shadow"
	"roadline/gsmgw/smpp"
	"roadline/hardware"
	"roadline/media"
	"roadline/recording"
	"roadline/sipcore"
	"roadline/sipcore/guard"
	"roadline/store"
	"roadline/store/jobs"
	"roadline/store/journal"
)

// Options are what a house is built of besides the machine file.
type Options struct {
	Log   *slog.Logger
	Ready func()                                    // told when calls are taken; nil: nobody asks
	Watch func(was, is call.Call, facts []fmc.Fact) // sees every step of every call; it must not wait
	// Prompts is the folder where speech is kept; empty: Data/prompts.
	Prompts string
	Grace   time.Duration // how long calls may go on at the stop; 0: 30 s
	// Demo lets anybody on this machine into the cabinet as anybody.
	Demo bool
	// Happenings are what they may have happen in a demo.
	Happenings []web.Happening
	File       string // the machine file, for whoever asks whether others may read it; empty: there is none
	// Supervisor is told that calls are taken, and that we live.
	Supervisor Supervisor
}

// House is one node.
type House struct {
	m    *configs.Machine
	o    Options
	log  *slog.Logger
	zero time.Time // of the node's monotonic clock

	journal   *journal.Log
	left      []*journal.Boot
	private   *store.Private // nil where PostgreSQL is somebody else's
	store     *store.Store
	jobs      *jobs.Queue
	drain     *store.Drain
	directory *store.Directory
	phones    *store.Registrations
	traces    *store.Traces
	modes     *store.Modes
	mailbox   *mailbox
	sayings   sayings
	words     *words
	recorder  *recording.Recorder
	retention *recording.Retention
	alarms    *store.Alarms
	ports     *media.Ports
	rooms     *room.Rooms
	agent     *sipcore.Agent
	trunks    *sipcore.Trunks
	legs      *sipcore.Legs
	ways      *ways
	plugs     *hardware.Plugs
	boxes     *boxes
	gsm       *gsmgw.Gateway
	shadows   *shadow.Trials // have own cards try each other
	banks     *bank.Banks
	centres   *smpp.Centres
	programs  *smpp.Server
	smppDoors []net.Listener
	texts     *texts
	answers   answers
	calls     *call.Switch
	api       *cabinet.API
	news      *cabinet.News
	hooks     *hook.Desk
	listener  *socket
	door      *access.Door // nil where no pages are served, as the next two
	site      http.Handler
	browsers  net.Listener
	meters    *meters
	watchers  net.Listener // of those who ask for figures and health; nil: nobody may
	draining  atomic.Bool  // the node is stopping: no new calls
}

// New builds a house. It opens files and sockets of the journal and takes over what earlier starts left, but starts
// nothing. Errors say what to do.
func New(m *configs.Machine, o Options) (*House, error) {
	if o.Grace == 0 {
		o.Grace = 30 * time.Second
	}
	h := &House{m: m, o: o, log: o.Log, zero: time.Now()}
	h.meters = newMeters(h)
	// What lies in it is closed to others; the folder itself must be passed by the account that PostgreSQL runs as.
	if err := os.MkdirAll(m.Data, 0o711); err != nil {
		return nil, cause.Errorf(cause.Unavailable, "data folder: %w: write a folder that this account may make and write to, as \"data\" in roadline.yaml", err)
	}
	for _, build := range []func() error{h.listenWatching, h.keeping, h.sound, h.openGateways, h.signalling, h.gateway, h.openBanks, h.smpping, h.entrance, h.cabinet, h.pages} {
		if err := build(); err != nil {
			return nil, errors.Join(err, h.abandon())
		}
	}
	return h, nil
}

// now is the node's monotonic clock.
func (h *House) now() time.Duration { return time.Since(h.zero) }

// abandon gives up what New opened.
func (h *House) abandon() error {
	var errs []error
	if h.journal != nil {
		errs = append(errs, h.journal.Close())
	}
	for _, b := range h.left {
		errs = append(errs, b.Close())
	}
	if h.store != nil {
		h.store.Close()
	}
	for _, l := range append(h.smppDoors, h.watchers, h.browsers) {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}

// keeping builds the journal, the store and the directory.
func (h *House) keeping() error {
	boot, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("name this start: %w", err)
	}
	h.journal, h.left, err = journal.Open(filepath.Join(h.m.Data, "journal"), string(h.m.Node), boot, journal.Options{Log: h.log})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	dsn := h.m.Database
	if dsn == "" {
		h.private, err = store.NewPrivate(store.PrivateOptions{Dir: filepath.Join(h.m.Data, "postgres")}, h.log)
		if err != nil {
			return fmt.Errorf("private PostgreSQL: %w", err)
		}
		dsn = h.private.DSN()
	}
	h.store, err = store.Open(context.Background(), store.Options{DSN: dsn, Clock: time.Now, Log: h.log})
	if err != nil {
		return err
	}
	h.directory = h.store.Directory(store.DirectoryOptions{
		File: filepath.Join(h.m.Data, "directory.json"),
		Parse: func(document string) (*fmc.Company, error) {
			return configs.ReadCompany("stored document", []byte(document))
		},
	})
	if err := h.eventing(); err != nil {
		return err
	}
	if err := h.telling(); err != nil {
		return err
	}
	h.drain = h.store.Drain(h.journal, h.left, store.DrainOptions{Directory: h.directory, Jobs: h.jobs})
	h.traces = h.store.Traces(store.TracesOptions{Keep: h.m.Trace.Keep})
	h.phones = h.store.Registrations(store.RegistrationsOptions{Node: h.m.Node, File: filepath.Join(h.m.Data, "registrations.json")})
	h.modes = h.store.Modes(filepath.Join(h.m.Data, "modes.json"))
	if err := h.directory.Load(); err != nil {
		h.log.Error("directory on disk not read", "cause", err)
	}
	if err := h.modes.Load(); err != nil {
		h.log.Error("modes on disk not read", "cause", err)
	}
	return nil
}

// sound builds the ports, the prompts, the recorder.
func (h *House) sound() error {
	options := media.Options{From: h.m.Media.From, To: h.m.Media.To, Bind: h.m.Media.Bind, Threads: h.m.Media.Threads, Now: h.now, Log: h.log}
	if len(options.Bind) == 0 {
		options.Bind = h.addresses()
	}
	var err error
	if h.ports, err = media.NewPorts(options); err != nil {
		return err
	}
	h.mailbox = newMailbox(h.m.Recording.Spool)
	h.sayings = sayings{filepath.Join(h.m.Data, "prompts")}
	h.words = newWords(cmp.Or(h.o.Prompts, h.sayings.folder), h)
	h.recorder, err = recording.New(recording.Options{Spool: h.m.Recording.Spool, Now: h.now, Log: h.log, Deliver: h.delivered})
	return err
}

// addresses are those of the SIP listeners, or every loopback and private one.
func (h *House) addresses() []netip.Addr {
	var all []netip.Addr
	for _, a := range append(h.m.SIP.UDP, h.m.SIP.TCP...) {
		all = append(all, a.Addr())
	}
	if len(all) == 0 {
		return homeAddresses()
	}
	return unique(all)
}

// homeAddresses are the loopback and private addresses of the machine, as SIP's own default has them.
func homeAddresses() []netip.Addr {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	}
	var all []netip.Addr
	for _, f := range found {
		if p, err := netip.ParsePrefix(f.String()); err == nil && (p.Addr().IsLoopback() || p.Addr().IsPrivate()) {
			all = append(all, p.Addr())
		}
	}
	return all
}

func unique(all []netip.Addr) []netip.Addr {
	seen := map[netip.Addr]bool{}
	var once []netip.Addr
	for _, a := range all {
		if !seen[a] {
			seen[a] = true
			once = append(once, a)
		}
	}
	return once
}

// delivered writes that a recording lies on disk: a fact like others, so that it is kept like others. What was left in it
// can be heard from now on.
func (h *House) delivered(ctx context.Context, d recording.Delivered) error {
	for _, x := range h.mailbox.delivered(d.Company, d.Call, d.Kept) {
		h.saying(ctx, d.Company, x)
	}
	return h.facts().Append(fmc.Fact{Company: d.Company, Call: d.Call, At: d.Kept.Opened + d.Kept.Length, Body: d.Kept})
}

// saying makes what a person said a prompt of the company. Where that fails, the next start tries anew.
func (h *House) saying(ctx context.Context, company fmc.CompanyID, x left) {
	wav, err := x.cut()
	if err == nil {
		_, err = media.LoadPrompt(string(x.Prompt), wav)
	}
	if err == nil {
		err = h.sayings.keep(company, x.Prompt, x.at, wav)
	}
	if c, ok := h.directory.Company(company); ok && err == nil {
		err = h.Speak(ctx, c)
	}
	if err != nil {
		h.log.Error("prompt that was said by phone cannot be heard", "company", company, "call", x.call, "err", err)
	}
}

// watch sees every step of every call.
func (h *House) watch(was, is call.Call, facts []fmc.Fact) {
	h.mailbox.watch(is, facts)
	h.meters.watch(is, facts)
	h.news.Moved(is)
	h.traces.Note(facts)
	for _, f := range facts {
		if m, ok := f.Body.(fmc.ModeSet); ok {
			h.modes.Took(f.Company, m)
		}
	}
	if h.o.Watch != nil {
		h.o.Watch(was, is, facts)
	}
}

func (h *House) facts() fmc.Journal { return counting{journal.Journal{Log: h.journal}, h.meters} }

// signalling builds the SIP side and the calls.
func (h *House) signalling() error {
	options := sipcore.Options{
		Listen:   sipcore.Listen{UDP: h.m.SIP.UDP, TCP: h.m.SIP.TCP},
		Guard:    guard.Limits{Trusted: h.trusted()},
		Accounts: accounts{h.directory, h.boxes.accounts},
		Keeper:   keeper{h.phones},
		Log:      h.log,
		Now:      time.Now,
	}
	key, err := secret(filepath.Join(h.m.Data, "digest.key"))
	if err != nil {
		return err
	}
	options.Digest.Key = key
	if h.agent, err = sipcore.New(options); err != nil {
		return err
	}
	all, err := h.trunkList()
	if err != nil {
		return err
	}
	if h.trunks, err = sipcore.NewTrunks(all, h.agent); err != nil {
		return err
	}
	h.ways = newWays(h)
	h.rooms = room.New(room.Options{Words: h.words, Recorder: h.recorder, Now: h.now, Clock: time.Now, Log: h.log, Trace: h.trace()})
	h.calls = call.NewSwitch(call.Options{
		Journal: h.facts(), Healthy: h.journal.Healthy, Directory: h.directory, Dialer: h.ways, Reach: h.reach, Open: h.rooms.Open, Watch: h.watch, Log: h.log,
		PINs: store.PINs{Directory: h.directory}, Text: h.texts.send, Messages: h.mailbox.messages, Modes: h.modes.Of,
	})
	lines, err := h.boxes.sip()
	if err != nil {
		return err
	}
	h.legs, err = sipcore.NewLegs(h.agent, sipcore.LegOptions{
		Calls: h.ways, Ports: h.ports, Companies: h.directory, Trunks: h.trunks, Lines: lines, Boxes: h.boxes, NewCall: h.calls.NewCall, Trace: h.traces,
		Owner: func(id fmc.AccountID) (fmc.CompanyID, bool) {
			a, ok := h.directory.Account(string(id))
			return a.Company, ok
		},
		Native: h.native,
	})
	return err
}

// desk is what the operations and the pages of the cabinet stand on.
func (h *House) desk() cabinet.Options {
	o := cabinet.Options{
		Store: h.store, Directory: h.directory, Door: h.door, Calls: h.calls, Traces: h.traces, Sounds: h.words, News: h.news, Webhooks: hook.Guard{Allow: h.m.Webhooks.Allow}, Recordings: h.m.Recording.Spool, Now: time.Now, Log: h.log,
		Node: cabinet.Node{
			State: h.State, Reach: h.reach, Granted: h.m.Granted, Lasts: h.Lasts, Speak: h.words.Prepare, Lines: h.lineViews, Modems: h.modemViews, Gateways: h.gatewayViews, Cards: h.gsm.ReadCards, Unlock: h.gsm.UnlockCard, Send: h.Send, MessageWay: h.way, Programs: h.programsShown, USSD: h.gsm.Ask, LookForwarding: h.gsm.LookForwarding, Release: h.gsm.ReleaseLine, Restart: h.gsm.RestartLine, TryCards: h.shadows.Try,
			Health: h.Health, Doctor: h.Doctor, Retry: h.drain.Retry, Trunks: h.trunksOf, Bans: h.bans, Unban: h.agent.Unban, Sweep: h.retention.Ask, Modes: h.modes.Of, SetMode: h.setMode,
			Heard: func(company fmc.CompanyID, message fmc.PromptID) { h.mailbox.listened(company, message, time.Now()) },
		},
	}
	h.bankDesk(&o.Node)
	return o
}

// cabinet builds the API.
func (h *House) cabinet() error {
	h.api = cabinet.New(h.desk())
	var err error
	h.listener, err = listen(h.m.Socket)
	return err
}

// State is how the node is.
func (h *House) State() cabinet.State {
	s := cabinet.State{Node: h.m.Node, SIP: h.agent.Addrs().String(), Live: len(h.calls.Calls()), Journal: h.journal.State().Why, Drain: h.drain.State().Why}
	s.Directory = h.directory.State().Live
	return s
}

// Calls are the calls of the node, for whoever runs a house in a test.
func (h *House) Calls() *call.Switch { return h.calls }

// Store is the node's store.
func (h *House) Store() *store.Store { return h.store }

// Addrs are where SIP is reached.
func (h *House) Addrs() sipcore.Listen { return h.agent.Addrs() }

// Directory is the companies as the node knows them now.
func (h *House) Directory() *store.Directory { return h.directory }

// Lasts is how long a prompt is that the people of a company hear, for rehearsals; 0 for one that cannot be said.
func (h *House) Lasts(company fmc.CompanyID, say fmc.PromptID) time.Duration {
	return h.words.lasts(company, say)
}

// Speak makes the prompts and names of a company that is about to be applied.
func (h *House) Speak(ctx context.Context, c *fmc.Company) error {
	adopt, err := h.words.Prepare(ctx, c)
	if err == nil {
		adopt()
	}
	return err
}
