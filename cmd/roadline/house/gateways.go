package house

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"roadline/cabinet/doctor"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw"
	"roadline/hardware"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
	"roadline/sipcore"
	"roadline/sipcore/digest"
	"roadline/store"
)

// boxes are the SIP-GSM gateways of the machine: what their vendors' drivers bring, joined to SIP.
type boxes struct {
	h        *House
	all      []box
	accounts map[string]digest.Account // that their ports register

	mu sync.Mutex
	// mu guards:
	serve   map[fmc.LineID]func(gateway.Dialog) // who takes the calls that come on a line
	dialogs map[fmc.LegID]*boxDialog            // that go on
	kept    int64                               // how many dialogs there were
}

// box is one gateway.
type box struct {
	configs.Gateway
	vendor gateway.Vendor
	driver gateway.Gateway
}

// boxRealm is the realm of the accounts that ports of gateways register: they are of no company.
const boxRealm = "gateways"

// openGateways builds the gateways of the machine file. It starts nothing.
func (h *House) openGateways() error {
	b := &boxes{
		h: h, accounts: map[string]digest.Account{}, serve: map[fmc.LineID]func(gateway.Dialog){}, dialogs: map[fmc.LegID]*boxDialog{},
	}
	h.boxes = b
	books := filepath.Join(h.m.Data, "gateways")
	if len(h.m.Gateways) > 0 {
		if err := os.MkdirAll(books, 0o700); err != nil {
			return cause.Errorf(cause.Unavailable, "the gateways' books: %w", err)
		}
	}
	for _, g := range h.m.Gateways {
		x, err := b.open(g, filepath.Join(books, g.Name+".json"))
		if err != nil {
			return err
		}
		b.all = append(b.all, x)
	}
	return nil
}

func (b *boxes) open(g configs.Gateway, book string) (box, error) {
	vendor, err := hardware.GatewayNamed(g.Vendor)
	if err != nil {
		return box{}, fmt.Errorf("gateway %s: %w", g.Name, err)
	}
	o := gateway.Options{
		Name: g.Name, Address: g.Address, Certificate: g.Certificate, Listen: g.Listen, User: g.User, Cards: g.Cards, Now: time.Now, Log: b.h.log,
		Timing: gateway.Timing{Poll: g.Poll, Silent: g.Silent},
	}
	if o.Secret, err = passwordIn(g.PasswordFile); err == nil {
		o.Book, err = gateway.OpenBook(book)
	}
	for _, l := range g.Lines {
		p := gateway.Port{ID: l.ID, Account: l.Account.Name != ""}
		if err == nil {
			p.Secret, err = passwordIn(l.PasswordFile)
		}
		if err == nil && p.Account {
			err = b.account(l.Account)
		}
		o.Lines = append(o.Lines, p)
	}
	if err != nil {
		return box{}, fmt.Errorf("gateway %s: %w", g.Name, err)
	}
	driver, err := vendor.Open(o)
	return box{g, vendor, driver}, err
}

// account lets a port of a gateway register.
func (b *boxes) account(l configs.Login) error {
	password, err := passwordIn(l.PasswordFile)
	if err != nil {
		return err
	}
	b.accounts[l.Name] = digest.Account{ID: fmc.AccountID(l.Name), Realm: boxRealm, HA1: ha1Of(store.SecretOf(l.Name, boxRealm, password))}
	return nil
}

// passwordIn reads a password that stands alone in a file; no file: none is needed.
func passwordIn(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", cause.Errorf(cause.Invalid, "the file of a password: %w: write it there, alone", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// lineOf names a port of a gateway: in the fleet, and to SIP.
func (g box) lineOf(id string) string { return "gw:" + g.Name + ":" + id }

// sip are the lines of all gateways that carry calls.
func (b *boxes) sip() ([]sipcore.BoxLine, error) {
	var all []sipcore.BoxLine
	for _, g := range b.all {
		password, err := passwordIn(g.Login.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("gateway %s: %w", g.Name, err)
		}
		for _, l := range g.Lines {
			if !g.carries(l) {
				continue
			}
			x := sipcore.BoxLine{
				ID: fmc.LineID(g.lineOf(l.ID)), Account: fmc.AccountID(l.Account.Name), Prefix: l.Prefix, Hotline: l.Hotline,
				Login: digest.Login{Name: g.Login.Name, Password: password},
			}
			if at := g.Target(l); at.IsValid() {
				x.Target = at.String()
			}
			all = append(all, x)
		}
	}
	return all, nil
}

// carries reports whether a line has a way for calls.
func (g box) carries(l configs.GatewayLine) bool {
	return l.Account.Name != "" || g.Target(l).IsValid()
}

// networks are where the boxes call from: they are never limited, as trunks are not.
func (b *boxes) networks() []netip.Prefix {
	var all []netip.Prefix
	for _, g := range b.all {
		for _, l := range g.Lines {
			if at := g.Target(l); at.IsValid() {
				all = append(all, netip.PrefixFrom(at.Addr(), at.Addr().BitLen()))
			}
		}
	}
	return all
}

// ports are the lines as places where a modem may be.
func (b *boxes) ports() []gsmgw.Port {
	var all []gsmgw.Port
	for _, g := range b.all {
		for i, line := range g.driver.Lines() {
			name := g.lineOf(line.ID())
			var voice gateway.Voice
			if g.carries(g.Lines[i]) {
				voice = boxVoice{b, fmc.LineID(name)}
			}
			all = append(all, gsmgw.Port{Name: name, Open: func(context.Context) (modem.Modem, error) {
				return gateway.Open(line, voice, b.h.log)
			}})
		}
	}
	return all
}

// run serves the gateways until ctx ends. One that cannot be served is said, and the others go on.
func (b *boxes) run(ctx context.Context) error {
	var end sync.WaitGroup
	for _, g := range b.all {
		end.Go(func() {
			if err := g.driver.Run(ctx); err != nil && ctx.Err() == nil {
				b.h.log.Error("gateway not served", "gateway", g.Name, "err", err)
				for _, line := range g.driver.Lines() {
					line.Lost(err)
				}
			}
		})
	}
	end.Wait()
	<-ctx.Done()
	return nil
}

// examined are the gateways as the doctor looks at them.
func (b *boxes) examined() []doctor.Gateway {
	var all []doctor.Gateway
	for _, g := range b.all {
		x := doctor.Gateway{Name: g.Name, Clear: g.vendor.Clear}
		for _, line := range g.driver.Lines() {
			x.Lines++
			if _, err := line.State(); err == nil {
				x.Tell++
			}
		}
		all = append(all, x)
	}
	return all
}
