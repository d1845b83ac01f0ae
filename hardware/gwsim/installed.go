package gwsim

import (
	"fmt"
	"strings"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
)

// Place is where a box is set up for a server: the addresses are of the machine that both are on, and free.
type Place struct {
	Vendor     string // "goip", "dinstar", "yeastar", "openvox"
	Name       string // of the gateway, and what its accounts begin with
	SecretFile string // where the server reads Options.Secret
	Told       string // "host:port" where the server listens to the box: by UDP, or to its pushes
	SIP        string // "host:port" of the box, where a prefix chooses the port
	Patience   string // more keys of the gateway, each behind a comma: ", poll: 1s"
}

// Install sets a box up, and says it as an item of gateways in roadline.yaml. The ports of "goip" and "yeastar" register
// accounts with the server at o.SIP.Server; those of "dinstar" and "openvox" are chosen by prefix and told apart by hotline.
func Install(o Options, at Place) (b Box, item string, err error) {
	login := fmt.Sprintf("user: %s, password_file: %q", o.User, at.SecretFile)
	var lines []string
	head := ""
	switch at.Vendor {
	case "goip":
		o.Server = at.Told
		lines = at.byAccount(o, "goip", fmt.Sprintf("password_file: %q, ", at.SecretFile))
		head = fmt.Sprintf("listen: %q", at.Told)
		b, err = NewGoIP(o)
	case "yeastar":
		lines = at.byAccount(o, "", "")
		if b, err = NewYeastar(o); err == nil {
			head = fmt.Sprintf("address: %q, %s, cards: [%s]", b.Address(), login, imsis(o.Cards))
		}
	case "dinstar":
		o.SIP.Listen = at.SIP
		lines = byPrefix(o, 0)
		if b, err = NewDinstar(o); err == nil {
			head = fmt.Sprintf("address: %q, %s, sip: %q", b.Address(), login, at.SIP)
		}
	case "openvox":
		o.SIP.Listen, o.Server = at.SIP, "http://"+at.Told+"/sms"
		lines = byPrefix(o, 1)
		if b, err = NewOpenVox(o); err == nil {
			head = fmt.Sprintf("address: %q, %s, listen: %q, sip: %q", b.Address(), login, at.Told, at.SIP)
		}
	default:
		err = cause.Errorf(cause.NotFound, "there is no simulated gateway of %q: goip, dinstar, yeastar and openvox are", at.Vendor)
	}
	if err != nil {
		return nil, "", err
	}
	return b, fmt.Sprintf("{name: %s, vendor: %s%s, %s, lines: [%s]}", at.Name, at.Vendor, at.Patience, head, strings.Join(lines, ", ")), nil
}

// byAccount has each port register an account, and call one number for whoever calls it. more is what else its line has.
func (at Place) byAccount(o Options, id, more string) (lines []string) {
	for i := range o.Cards {
		account := fmt.Sprintf("%s-%d", at.Name, i+1)
		o.SIP.Lines = append(o.SIP.Lines, SIPLine{User: account, Secret: o.Secret, Hotline: "9001"})
		lines = append(lines, fmt.Sprintf("{id: \"%s%d\", %saccount: {name: %s, password_file: %q}}", id, i+1, more, account, at.SecretFile))
	}
	return lines
}

// byPrefix has a prefix choose the port, and a hotline tell it. The vendor counts its ports from first.
func byPrefix(o Options, first int) (lines []string) {
	for i := range o.Cards {
		l := SIPLine{Prefix: fmt.Sprintf("0%d", i+1), Hotline: fmt.Sprintf("900%d", i+1)}
		o.SIP.Lines = append(o.SIP.Lines, l)
		lines = append(lines, fmt.Sprintf("{id: \"%d\", prefix: %q, hotline: %q}", i+first, l.Prefix, l.Hotline))
	}
	return lines
}

// imsis says which card has which IMSI.
func imsis(cards []*gsmsim.Card) string {
	all := make([]string, len(cards))
	for i, c := range cards {
		all[i] = fmt.Sprintf("{imsi: %q, iccid: %q}", c.IMSI, c.ICCID)
	}
	return strings.Join(all, ", ")
}
