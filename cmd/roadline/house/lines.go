package house

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"roadline/cabinet"
	"roadline/configs"
	"roadline/fmc"
	"roadline/media"
	"roadline/sipcore"
	"roadline/sipcore/digest"
)

// reach says which lines may reach a device now: the phones of its account, or the trunks that the company may call out
// by and its SIM lines.
func (h *House) reach(c *fmc.Company, id fmc.DeviceID) []fmc.LineState {
	if id != fmc.Outside {
		who, _, _ := strings.Cut(string(id), "/")
		e, ok := c.Employee(fmc.EmployeeID(who))
		if !ok {
			return nil
		}
		d, ok := e.Device(id)
		if !ok {
			return nil
		}
		if d.Kind == fmc.SIPPhone {
			line := fmc.LineState{ID: fmc.LineID("sip:" + string(d.Account)), Kind: fmc.AccountLine, Ready: len(h.agent.Bindings(d.Account)) > 0}
			if !line.Ready {
				line.Why = "no phone is registered"
			}
			return []fmc.LineState{line}
		}
	}
	var lines []fmc.LineState
	for _, s := range h.trunks.States() {
		if h.mayCallOut(c.Profile.ID, s.Trunk) {
			lines = append(lines, s)
		}
	}
	return append(lines, h.gsm.Lines(c)...)
}

func (h *House) mayCallOut(company fmc.CompanyID, trunk fmc.TrunkID) bool {
	g, ok := h.m.Grant(company, trunk)
	return ok && g.Out
}

// native is the company whose person has a mobile, among those that an FMC trunk is granted to; none where it is several.
func (h *House) native(trunk fmc.TrunkID, mobile string) (*fmc.Company, bool) {
	var found *fmc.Company
	for _, t := range h.m.Trunks {
		if t.ID != trunk {
			continue
		}
		for _, g := range t.Grants {
			c, ok := h.directory.Company(g.Company)
			if !ok {
				continue
			}
			if _, has := c.Mobile(mobile); !has {
				continue
			}
			if found != nil {
				return nil, false
			}
			found = c
		}
	}
	return found, found != nil
}

// trusted are the networks that are never limited: the trunks' own and those that the machine file names.
func (h *House) trusted() []netip.Prefix {
	all := slices.Clone(h.m.SIP.Trusted)
	for _, t := range h.m.Trunks {
		for _, s := range sources(t.From) {
			all = append(all, s.Prefix)
		}
	}
	return append(all, h.boxes.networks()...)
}

func sources(from []string) []sipcore.Source {
	var all []sipcore.Source
	for _, s := range from { // configs has checked them
		if p, err := netip.ParsePrefix(s); err == nil {
			all = append(all, sipcore.Source{Prefix: p.Masked()})
		} else if a, err := netip.ParseAddr(s); err == nil {
			all = append(all, sipcore.Source{Prefix: netip.PrefixFrom(a, a.BitLen())})
		} else if a, err := netip.ParseAddrPort(s); err == nil {
			all = append(all, sipcore.Source{Prefix: netip.PrefixFrom(a.Addr(), a.Addr().BitLen()), Port: a.Port()})
		}
	}
	return all
}

func (h *House) trunkList() ([]sipcore.Trunk, error) {
	var all []sipcore.Trunk
	for _, t := range h.m.Trunks {
		x := sipcore.Trunk{
			ID: t.ID, Form: t.Form, Sources: sources(t.From), Targets: t.Targets, Most: t.Calls, CalledInTo: t.CalledInTo,
			Health: sipcore.Health{Every: t.Options}, Profile: sipcore.Profile{EarlyMedia: t.EarlyMedia, Means: t.Causes},
			Trust: t.Trust, FMC: nativeOf(t.FMC),
		}
		for _, c := range t.Codecs {
			x.Profile.Codecs = append(x.Profile.Codecs, map[string]media.Codec{"pcma": media.PCMA, "pcmu": media.PCMU}[c])
		}
		if t.Login.Name != "" {
			password, err := passwordIn(t.Login.PasswordFile)
			if err != nil {
				return nil, fmt.Errorf("trunk %s: %w", t.ID, err)
			}
			x.Login = digest.Login{Name: t.Login.Name, Password: password, Realm: t.Login.Realm}
		}
		if err := x.Check(); err != nil {
			return nil, fmt.Errorf("trunk %s: %w", t.ID, err)
		}
		all = append(all, x)
	}
	return all, nil
}

// nativeOf is how an operator's FMC trunk brings the calls of people's own mobiles.
func nativeOf(f *configs.FMC) *sipcore.FMC {
	if f == nil {
		return nil
	}
	return &sipcore.FMC{
		All: f.All, Tag: sipcore.Tag(f.Tag), Person: f.Person, Short: f.Short, PrivatePrefix: f.PrivatePrefix, PrivateTag: sipcore.Tag(f.PrivateTag),
	}
}

// trunksOf are the trunks that are granted to a company, for people.
func (h *House) trunksOf(company fmc.CompanyID) []cabinet.TrunkShown {
	var all []cabinet.TrunkShown
	for _, v := range h.trunks.Views() {
		if _, granted := h.m.Grant(company, v.Trunk); !granted {
			continue
		}
		x := cabinet.TrunkShown{ID: v.Trunk, Answers: !v.Dead(), InUse: v.InUse, Most: v.Most, Out: h.mayCallOut(company, v.Trunk)}
		for _, t := range v.Targets {
			if t.Heard.After(x.Heard) {
				x.Heard = t.Heard
			}
		}
		all = append(all, x)
	}
	return all
}

// bans are the addresses that SIP is not taken from.
func (h *House) bans() []cabinet.Ban {
	var all []cabinet.Ban
	for _, b := range h.agent.Snapshot().Bans {
		all = append(all, cabinet.Ban(b))
	}
	return all
}
