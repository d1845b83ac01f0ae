package house

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"roadline/cabinet"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw/smpp"
)

// smpping builds the links to message centres and the entrance of companies' programs.
func (h *House) smpping() error {
	var centres []smpp.Centre
	for _, c := range h.m.SMPP.Centres {
		x, err := centreOf(c)
		if err != nil {
			return err
		}
		centres = append(centres, x)
	}
	h.centres = smpp.NewCentres(smpp.CentreOptions{
		Centres: centres, Journal: h.facts(), Companies: h.directory, NewMessage: newMessage, Came: h.texted, Doubts: h.takenLately, Stands: h.centreStands, Now: time.Now, Log: h.log,
	})
	o := smpp.ServerOptions{
		TLS: map[net.Listener]*tls.Config{}, Admit: h.admitProgram, Begin: h.programSends, Journal: h.facts(), Companies: h.directory,
		Queue: h.store.Operator(), Now: time.Now, Log: h.log,
	}
	var err error
	if o.Listen, err = h.listenSMPP(o.TLS); err != nil {
		return err
	}
	h.smppDoors = o.Listen
	h.programs = smpp.NewServer(o)
	return nil
}

// listenSMPP opens where programs bind.
func (h *House) listenSMPP(secure map[net.Listener]*tls.Config) (all []net.Listener, err error) {
	defer func() {
		if err != nil {
			for _, l := range all {
				_ = l.Close()
			}
		}
	}()
	for _, a := range h.m.SMPP.Listen {
		l, err := net.Listen("tcp", a.String())
		if err != nil {
			return all, cause.Errorf(cause.Unavailable, "SMPP at %s: %w: write another address under \"smpp\" in roadline.yaml", a, err)
		}
		all = append(all, l)
	}
	t := h.m.SMPP.TLS
	if len(t.Listen) == 0 {
		return all, nil
	}
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return all, cause.Errorf(cause.Invalid, "certificate of SMPP: %w: name two PEM files that belong together in \"smpp: {tls: {cert: …, key: …}}\" of roadline.yaml", err)
	}
	for _, a := range t.Listen {
		l, err := net.Listen("tcp", a.String())
		if err != nil {
			return all, cause.Errorf(cause.Unavailable, "SMPP at %s: %w: write another address under \"smpp\" in roadline.yaml", a, err)
		}
		all = append(all, l)
		secure[l] = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	return all, nil
}

// The words of the machine file.
var (
	alphabets = map[string]smpp.Alphabet{"gsm7": smpp.GSM7, "latin1": smpp.Latin1}
	idForms   = map[string]smpp.IDs{"same": smpp.SameIDs, "hex": smpp.HexAnswers, "decimal": smpp.DecimalAnswers}
)

// centreOf is a centre of the machine file.
func centreOf(c configs.Centre) (smpp.Centre, error) {
	x := smpp.Centre{
		ID: c.ID, Address: c.Address, SystemID: c.SystemID, SystemType: c.SystemType, Alphabet: alphabets[c.Encoding], Long: smpp.Long(c.Long), IDs: idForms[c.IDs],
		Terms: smpp.Terms{Window: c.Window, Rate: c.Rate, Answer: c.Answer, Enquire: c.Enquire},
		Password: func() (string, error) {
			password, err := passwordIn(c.PasswordFile)
			if err != nil {
				return "", fmt.Errorf("centre %s: %w", c.ID, err)
			}
			return password, nil
		},
	}
	for _, b := range c.Bind {
		x.Binds = append(x.Binds, smpp.Bind(b))
	}
	for _, g := range c.Grants {
		x.Grants = append(x.Grants, fmc.CentreGrant{Centre: c.ID, Company: g.Company, Numbers: g.Numbers, Names: g.Names})
	}
	if !c.TLS {
		return x, nil
	}
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil {
		return x, cause.Errorf(cause.Invalid, "centre %s: %w", c.ID, err)
	}
	x.TLS = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if c.CA != "" {
		text, err := os.ReadFile(c.CA)
		if err != nil {
			return x, cause.Errorf(cause.Unavailable, "the authorities of centre %s: %w", c.ID, err)
		}
		x.TLS.RootCAs = x509.NewCertPool()
		if !x.TLS.RootCAs.AppendCertsFromPEM(text) {
			return x, cause.Errorf(cause.Invalid, "%s holds no certificate", c.CA)
		}
	}
	return x, nil
}

// standing is a file whose time says when a centre's link stood last. There is none once it has ended with nothing in doubt.
func (h *House) standing(centre fmc.CentreID) string {
	return filepath.Join(h.m.Data, "centres", string(centre))
}

// centreStands keeps when a centre's link stood last.
func (h *House) centreStands(centre fmc.CentreID, stands bool) {
	file := h.standing(centre)
	err := os.MkdirAll(filepath.Dir(file), 0o700)
	switch {
	case err != nil:
	case stands:
		err = os.WriteFile(file, []byte(time.Now().UTC().Format(time.RFC3339)+"\n"), 0o600)
	default:
		err = os.Remove(file)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.log.Warn("when a centre's link stood last is not kept", "gateway", string(centre), "err", err)
	}
}

// takenLately is what a centre gave an earlier start shortly before its link was lost with that.
func (h *House) takenLately(ctx context.Context, centre fmc.CentreID) []string {
	last, err := os.Stat(h.standing(centre))
	if err != nil || h.store.Ready(ctx) != nil || !h.drained(ctx) {
		return nil
	}
	sums, err := h.store.Operator().TakenLately(ctx, centre, last.ModTime().Add(-smpp.Doubtful))
	if err != nil {
		h.log.Warn("earlier messages of a centre not remembered", "gateway", string(centre), "err", err)
	}
	return sums
}

// admitProgram says whose program binds.
func (h *House) admitProgram(ctx context.Context, systemID, password string) (fmc.CompanyID, fmc.ProgramID, error) {
	who, err := h.store.Operator().ProgramOf(ctx, systemID, password)
	return who.Company, who.Program, err
}

// way decides by what a message leaves.
func (h *House) way(c *fmc.Company, o fmc.MessageOrder) (fmc.MessageWay, error) {
	to, err := c.MessagePeer(o.To)
	if err != nil {
		return fmc.MessageWay{}, err
	}
	return c.MessageWay(o, to, h.centres.Grants(c.Profile.ID))
}

// begin writes a message to the journal, to leave by whatever way is right.
func (h *House) begin(c *fmc.Company, o fmc.MessageOrder, until time.Time) (m fmc.Message, goOn func(bool), err error) {
	way, err := h.way(c, o)
	if err != nil {
		return m, nil, err
	}
	if way.By.SIM {
		o.From, o.Why = way.From, way.Why
		return h.gsm.Begin(c, o, until)
	}
	m, on, err := h.centres.Begin(c, o, way, until)
	return m, func(bool) { on() }, err // what is in the journal goes on
}

// programSends takes a message of a program.
func (h *House) programSends(c *fmc.Company, o fmc.MessageOrder, until time.Time) (fmc.MessageID, func(), error) {
	m, goOn, err := h.begin(c, o, until)
	return m.ID, func() { goOn(true) }, err
}

// Send accepts a message of a company, to leave by whatever way is right: from is a number or name of it, or the ICCID of a
// card; empty: whichever may. When it returns nil the message is on disk, and is sent once, or marked as uncertain. by is who
// asked. Errors are those of gsmgw.Gateway.Begin and smpp.Centres.Begin.
func (h *House) Send(ctx context.Context, company fmc.CompanyID, from, to, text, by string) (fmc.Message, error) {
	c, ok := h.directory.Company(company)
	if !ok {
		return fmc.Message{}, cause.Errorf(cause.NotFound, "there is no company %q on this node", company)
	}
	m, goOn, err := h.begin(c, fmc.MessageOrder{From: from, To: to, Text: text, By: by}, time.Time{})
	if err != nil {
		return fmc.Message{}, err
	}
	return m, h.kept(ctx, goOn)
}

// kept brings a message that was begun to disk, and has it go on.
func (h *House) kept(ctx context.Context, goOn func(bool)) error {
	err := h.facts().Sync(ctx)
	goOn(err == nil)
	if err != nil {
		return cause.Errorf(cause.Unavailable, "the message could not be kept, and is not sent: %w", err)
	}
	return nil
}

// restoreMessages hands messages of earlier starts to what they leave by.
func (h *House) restoreMessages(records []fmc.MessageRecord) {
	var cards, centres []fmc.MessageRecord
	for _, r := range records {
		if r.Accepted.Centre != "" {
			centres = append(centres, r)
		} else {
			cards = append(cards, r)
		}
	}
	h.gsm.Restore(cards)
	h.centres.Restore(centres)
}

// tellPrograms serves the programs, once PostgreSQL can say who they are.
func (h *House) tellPrograms(ctx context.Context) error {
	_ = h.store.Ready(ctx) // else the node stops
	return h.programs.Run(ctx)
}

// programsShown is how a company's programs are bound, and the centres that it may use.
func (h *House) programsShown(company fmc.CompanyID) (map[fmc.ProgramID]cabinet.ProgramShown, []cabinet.CentreShown) {
	bound := map[fmc.ProgramID]cabinet.ProgramShown{}
	for id, p := range h.programs.States(company) {
		bound[id] = cabinet.ProgramShown{ID: id, Binds: p.Binds, Sent: p.Sent, Throttled: p.Throttled}
	}
	centres := []cabinet.CentreShown{}
	for _, c := range h.centres.States(company) {
		x := cabinet.CentreShown{ID: c.ID, Waiting: c.Waiting, Links: []cabinet.CentreLink{}}
		for _, bind := range slices.Sorted(maps.Keys(c.Links)) {
			l := c.Links[bind]
			x.Links = append(x.Links, cabinet.CentreLink{Bind: string(bind), Up: l.Up, Why: l.Why, Since: l.Since.UTC()})
		}
		centres = append(centres, x)
	}
	return bound, centres
}
