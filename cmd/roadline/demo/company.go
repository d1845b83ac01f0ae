package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed" // the company file
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/document"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// companyFile is the demo company, as its administrator would write it.
//
//go:embed acme.yaml
var companyFile []byte

// guest is the account that is left for whoever watches.
const guest = "guest"

// machineFile is the demo's roadline.yaml.
var machineFile = template.Must(template.New("roadline.yaml").Parse(`# The machine of the demo, written anew at each of its starts.
#   roadline serve --config roadline.yaml     runs it without the pretend world
node: demo
data: .
socket: roadline.sock
sip:
  udp: [{{range $i, $at := .Listen}}{{if $i}}, {{end}}"{{$at}}"{{end}}]
  tcp: [{{range $i, $at := .Listen}}{{if $i}}, {{end}}"{{$at}}"{{end}}]
media: {threads: 1}
web: {listen: "{{.Web}}", url: "http://{{.Web}}"}
trunks:
  - id: carrier-a
    carrier: e164
    from: ["{{.Carrier}}"]
    targets: ["{{.Carrier}}"]
    profile: {country: {{.Country}}, trust: carrier}
    grants:
      - company: {{.Company}}
        numbers:{{range .Numbers}}
          - "{{.}}"{{end}}
modems:{{range .Modules}}
  - {name: {{.Name}}, at: "{{.AT}}", pcm: "{{.PCM}}", family: {{.Family}}}{{end}}{{range .Remote}}
  - {name: {{.Name}}, at: "{{.AT}}", pcm: "{{.PCM}}", family: {{.Family}}}{{end}}
banks:
  - {{.Bank}}
gateways:
  - {{.Gateway}}
smpp:
  centres:
    - {id: roadnet, address: "{{.Centre}}", system_id: acme, password_file: {{.CentrePassword}}, country: {{.Country}}, grants: [{company: {{.Company}}, numbers: ["{{index .Numbers 0}}"]}]}
sims:{{range .SIMs}}
  - {iccid: "{{.ICCID}}", company: {{$.Company}}}{{end}}
`))

// writeMachine writes the machine file, and beside it the company's, and reads the machine.
func (d *Demo) writeMachine() (*configs.Machine, error) {
	var numbers []string
	for _, n := range d.company.Numbers {
		if n.SIM == "" {
			numbers = append(numbers, n.Number.E164)
		}
	}
	var text bytes.Buffer
	if err := machineFile.Execute(&text, map[string]any{
		"Listen": d.listen, "Web": d.web, "Carrier": d.world.Addr(), "Country": d.company.Profile.Country, "Company": d.company.Profile.ID, "Numbers": numbers,
		"Modules": d.modules, "Remote": d.remote, "Bank": d.banks, "SIMs": d.company.SIMs, "Gateway": d.gateway, "Centre": d.centre.at, "CentrePassword": centrePassword,
	}); err != nil {
		return nil, err
	}
	name := filepath.Join(d.o.Folder, "roadline.yaml")
	for file, content := range map[string][]byte{name: text.Bytes(), filepath.Join(d.o.Folder, "acme.yaml"): companyFile} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return nil, cause.Errorf(cause.Unavailable, "demo: %w", err)
		}
	}
	return configs.ReadMachine(name, text.Bytes())
}

// socket is where the server is asked.
func (d *Demo) socket() string { return filepath.Join(d.o.Folder, "roadline.sock") }

// settled is how long PostgreSQL may take to be there: calls are taken before it is.
const settled = 30 * time.Second

// setUp applies the company as soon as the server can keep it.
func (d *Demo) setUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settled)
	defer cancel()
	if err := d.house.Store().Ready(ctx); err != nil {
		return err
	}
	return d.apply(ctx)
}

// apply makes the demo company's file its newest version, unless it is, and gives every phone of it a password, by the
// API that everybody uses.
func (d *Demo) apply(ctx context.Context) error {
	id := d.company.Profile.ID
	at := fmt.Sprintf("companies/%s/document", id)
	var newest document.VersionShown
	if err := d.ask(ctx, http.MethodGet, at, nil, &newest); err != nil && cause.KindOf(err) != cause.NotFound {
		return err
	}
	if newest.Document != string(companyFile) {
		change := document.Apply{
			Document: string(companyFile), File: "acme.yaml", Base: newest.Generation, Author: "demo", Reason: "the demo starts",
		}
		if err := d.ask(ctx, http.MethodPut, at, change, &document.Applied{}); err != nil {
			return err
		}
	}
	for account, password := range d.secrets {
		path := fmt.Sprintf("companies/%s/accounts/%s/password", id, account)
		if err := d.ask(ctx, http.MethodPut, path, cabinet.Password{Password: password}, &cabinet.PasswordIs{}); err != nil {
			return err
		}
	}
	if err := d.serveByBank(ctx); err != nil {
		return err
	}
	if err := d.uploadMusic(ctx); err != nil {
		return err
	}
	return d.setPINs(ctx)
}

// ask asks the server by its socket. A body that is an io.Reader is sent as it is.
func (d *Demo) ask(ctx context.Context, method, path string, body, into any) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", d.socket())
	}}}
	send, plain := body.(io.Reader)
	if body != nil && !plain {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		send = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://roadline/v1/"+path, send)
	if err != nil {
		return err
	}
	answer, err := client.Do(r)
	if err != nil {
		return cause.Errorf(cause.Unavailable, "ask the server: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode == http.StatusOK {
		return json.NewDecoder(answer.Body).Decode(into)
	}
	var no cabinet.Problem
	if err := json.NewDecoder(answer.Body).Decode(&no); err != nil {
		return cause.Errorf(cause.Unavailable, "the server answers %s", answer.Status)
	}
	return fmt.Errorf("%s %s: %s: %w", method, path, no.Title, no.Err())
}

// newSecrets makes a password for every account.
func (d *Demo) newSecrets() {
	for _, e := range d.company.Employees {
		for _, device := range e.Devices {
			if device.Kind == fmc.SIPPhone {
				d.secrets[string(device.Account)] = strings.ToLower(rand.Text()[:12])
			}
		}
	}
}

// localhost is where the pretend world reaches the server.
var localhost = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// addresses are those to listen on, for UDP and TCP: localhost, and the wanted one where it is another. Where a program
// has the wanted port, it is one that the kernel finds free.
func addresses(want netip.AddrPort) ([]netip.AddrPort, error) {
	if !want.IsValid() {
		want = netip.AddrPortFrom(localhost, 5060)
	}
	hosts := []netip.Addr{localhost}
	if want.Addr() != localhost {
		hosts = append(hosts, want.Addr())
	}
	var lastly error
	for _, port := range []uint16{want.Port(), 0, 0, 0} {
		var found []netip.AddrPort
		for _, host := range hosts {
			at, err := free(netip.AddrPortFrom(host, port))
			if err != nil {
				lastly = err
				break
			}
			port = at.Port()
			found = append(found, at)
		}
		if len(found) == len(hosts) {
			return found, nil
		}
	}
	return nil, cause.Errorf(cause.Unavailable, "listen on %s: %w: name another address with --listen", want.Addr(), lastly)
}

// webAddress is where the cabinet is: the wanted address, or where a program has its port, one that the kernel finds free.
func webAddress(want netip.AddrPort) (netip.AddrPort, error) {
	if !want.Addr().IsLoopback() { // anybody may come in as anybody
		return want, cause.Errorf(cause.Invalid, "cabinet at %s: a demo shows it on this machine alone, such as on 127.0.0.1:8080", want)
	}
	at, err := free(want)
	if err != nil {
		at, err = free(netip.AddrPortFrom(want.Addr(), 0))
	}
	if err != nil {
		return want, cause.Errorf(cause.Unavailable, "listen on %s: %w: name another address with --web", want, err)
	}
	return at, nil
}

// free reports that an address can be listened on now, and by which port where none was named.
func free(at netip.AddrPort) (netip.AddrPort, error) {
	t, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at))
	if err != nil {
		return at, err
	}
	at = netip.AddrPortFrom(at.Addr(), t.Addr().(*net.TCPAddr).AddrPort().Port())
	u, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return at, errors.Join(err, t.Close())
	}
	return at, errors.Join(t.Close(), u.Close())
}
