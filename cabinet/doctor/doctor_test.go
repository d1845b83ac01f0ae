package doctor_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roadline/cabinet/doctor"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/recording"
	"roadline/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// machine is a machine file read, on a root of its own with what the kernel says.
func machine(t *testing.T, text string, kernel map[string]string) doctor.Machine {
	t.Helper()
	dir := t.TempDir()
	for name, says := range kernel {
		write(t, filepath.Join(dir, name), says, 0o644)
	}
	file := filepath.Join(dir, "roadline.yaml")
	write(t, file, text, 0o640)
	m, err := configs.ReadMachine(file, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doctor.Machine{Config: m, File: file, Root: dir}
}

func write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		err = os.WriteFile(name, []byte(text), mode)
	}
	if err == nil {
		err = os.Chmod(name, mode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// of are the findings of a check.
func of(all []doctor.Finding, check string) (found []doctor.Finding) {
	for _, f := range all {
		if f.Check == check {
			found = append(found, f)
		}
	}
	return found
}

func level(t *testing.T, all []doctor.Finding, check string, want doctor.Level) doctor.Finding {
	t.Helper()
	found := of(all, check)
	if len(found) != 1 || found[0].Level != want {
		t.Errorf("%s: %+v, want %s", check, found, want)
		return doctor.Finding{}
	}
	if f := found[0]; f.Text == "" || strings.ContainsAny(f.Text+f.Why+f.Fix, "{}") && !strings.Contains(f.Fix, ": {") || want != doctor.Well && (f.Why == "" || f.Fix == "") {
		t.Errorf("%s says %q, %q, %q", check, f.Text, f.Why, f.Fix)
	}
	return found[0]
}

func TestAMachineIsLookedAtWithoutAServer(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	m := machine(t, fmt.Sprintf("sip: {udp: [%q]}\nmedia: {ports: \"20000-29999\"}\n", taken.LocalAddr()), map[string]string{
		"proc/sys/net/core/rmem_max": "212992\n", "proc/sys/net/ipv4/ip_local_port_range": "16000\t60999\n", "proc/sys/net/ipv4/ip_local_reserved_ports": "\n",
		"proc/42/comm": "ModemManager\n", "proc/7/comm": "sshd\n", "dev/ttyUSB0": "", "dev/ttyUSB1": "",
	})
	all := m.Examine(t.Context())
	level(t, all, "buffers", doctor.Warn)
	if f := level(t, all, "rtp_range", doctor.Warn); !strings.Contains(f.Fix, "20000-29999") {
		t.Errorf("%+v", f)
	}
	if f := level(t, all, "modem_manager", doctor.Bad); f.Values["pid"] != "42" {
		t.Errorf("%+v", f)
	}
	level(t, all, "sip_ports", doctor.Bad)
	level(t, all, "tty", doctor.Well)
	level(t, all, "mail", doctor.Warn)
	level(t, all, "secrets", doctor.Well)
	if found := of(all, "write"); len(found) != 0 {
		t.Errorf("the folder of recordings is not made yet: %+v", found)
	}
	if doctor.Worst(all) != doctor.Bad {
		t.Errorf("the worst is %s", doctor.Worst(all))
	}
}

func TestAMachineThatIsWellHasNothingToMend(t *testing.T) {
	m := machine(t, "modems: []\nsip: {udp: [\"127.0.0.1:0\"]}\n", map[string]string{
		"proc/sys/net/core/rmem_max": "2097152\n", "proc/sys/net/ipv4/ip_local_port_range": "32768\t60999\n", "proc/42/comm": "ModemManager\n",
	})
	if err := os.MkdirAll(m.Config.Recording.Spool, 0o700); err != nil {
		t.Fatal(err)
	}
	all := m.Examine(t.Context())
	for _, check := range []string{"buffers", "rtp_range", "sip_ports", "write", "secrets"} {
		level(t, all, check, doctor.Well)
	}
	if found := append(of(all, "modem_manager"), of(all, "tty")...); len(found) != 0 {
		t.Errorf("where no modems are wanted: %+v", found)
	}
	if left, err := os.ReadDir(m.Config.Recording.Spool); err != nil || len(left) != 0 {
		t.Errorf("the doctor leaves %v behind, %v", left, err)
	}
}

func TestSecretsThatOthersMayReadAreTold(t *testing.T) {
	m := machine(t, `
database: "host=db password=x"
trunks: [{id: a, from: [192.0.2.1], profile: {country: RU}, login: {name: x, password_file: carrier}}]
mail: {server: "127.0.0.1:1", from: a@b.example, login: {name: x, password_file: mail}}
`, nil)
	dir := filepath.Dir(m.File)
	write(t, filepath.Join(dir, "carrier"), "x", 0o644)
	write(t, filepath.Join(dir, "mail"), "x", 0o600)
	if f := level(t, m.Examine(t.Context()), "secrets", doctor.Bad); !strings.HasSuffix(f.Values["file"], "carrier") || f.Values["mode"] != "0644" {
		t.Errorf("%+v", f)
	}
	for text, name := range map[string]string{
		"gateways: [{name: a, vendor: goip, listen: \"127.0.0.1:44444\", lines: [{id: goip1, password_file: line, account: {name: x, password_file: y}}]}]\n":                             "line",
		"gateways: [{name: a, vendor: goip, listen: \"127.0.0.1:44444\", lines: [{id: goip1, password_file: y, account: {name: x, password_file: account}}]}]\n":                          "account",
		"smpp: {centres: [{id: a, address: \"127.0.0.1:1\", system_id: x, password_file: centre, country: RU}]}\n":                                                                        "centre",
		"web: {listen: \"127.0.0.1:0\", tls: {cert: c, key: web.key}}\n":                                                                                                                  "web.key",
		"smpp: {tls: {listen: [\"127.0.0.1:0\"], cert: c, key: smpp.key}}\n":                                                                                                              "smpp.key",
		"gateways: [{name: a, vendor: dinstar, address: \"http://127.0.0.1\", user: x, password_file: box, sip: \"127.0.0.1:1\", lines: [{id: \"0\", prefix: \"1\", hotline: \"9\"}]}]\n": "box",
	} {
		m := machine(t, text, nil)
		write(t, filepath.Join(filepath.Dir(m.File), name), "x", 0o644)
		if f := level(t, m.Examine(t.Context()), "secrets", doctor.Bad); !strings.HasSuffix(f.Values["file"], name) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if err := os.Chmod(m.File, 0o604); err != nil {
		t.Fatal(err)
	}
	if found := of(m.Examine(t.Context()), "secrets"); len(found) != 2 {
		t.Errorf("the machine file holds the password of the database: %+v", found)
	}
}

func TestAMailServerMustGreet(t *testing.T) {
	for greeting, want := range map[string]doctor.Level{"220 mail.example ESMTP\r\n": doctor.Well, "SSH-2.0-x\r\n": doctor.Bad, "": doctor.Bad} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		greeted := make(chan struct{})
		go func() {
			defer close(greeted)
			if c, err := l.Accept(); err == nil {
				_, _ = c.Write([]byte(greeting))
				_ = c.Close()
			}
		}()
		m := machine(t, fmt.Sprintf("mail: {server: %q, from: a@b.example}\n", l.Addr()), nil)
		level(t, m.Examine(t.Context()), "mail", want)
		_ = l.Close()
		<-greeted
	}
}

const shop = `
company: shop
name: Shop
country: RU
numbers: [{e164: "+74951234567", trunk: carrier-a, scenario: main, proof: {contract: "17", from: 2026-01-01}}, {e164: "+74951234568", trunk: carrier-a, access: call-through}]
sims:
  - {iccid: "8970101234567890123", number: "+79031112233", mandate: {owner: Shop, contract: "1", for: [calls], until: 2026-12-10}}
  - {iccid: "8970101234567890131", number: "+79031112234"}
employees:
  - {id: ivanov, name: Ivan, extension: "201", mobile: "+79161234567", groups: [sales], account: {sip: ivanov-desk}}
  - {id: petrov, name: Pyotr, extension: "202", mobile: "+79161234568", account: {sip: petrov-desk}}
groups: [{id: sales}]
scenarios: {main: [{ring: sales}]}
recording: {policy: all}
`

// node is a server with that company, whose accounts have these passwords.
func node(t *testing.T, text string, passwords map[string]string) doctor.Node {
	t.Helper()
	c, err := configs.ReadCompany("shop.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	x := doctor.Company{Company: c, World: call.Quiet(c, nil), Usage: recording.Usage{Quota: 100, Bytes: 85}}
	for name, password := range passwords {
		sum := sha256.Sum256([]byte(name + ":shop.example:" + password))
		x.Accounts = append(x.Accounts, store.Account{Name: fmc.AccountID(name), Employee: fmc.EmployeeID(strings.TrimSuffix(name, "-desk")), Realm: "shop.example", Secret: store.Secret{SHA256: hex.EncodeToString(sum[:])}})
	}
	return doctor.Node{Now: now, Ports: 1000, Pulse: &store.Pulse{Version: "15.1"}, Companies: []doctor.Company{x}}
}

func TestAServersTroublesAreTold(t *testing.T) {
	n := node(t, shop, map[string]string{"ivanov-desk": "201", "petrov-desk": "kX9-long-and-random"})
	n.Drain, n.Behind, n.Ports = errors.New("disk full"), 20, 3
	n.Trunks = []doctor.Trunk{{ID: "carrier-a", Company: "shop"}}
	n.Pulse.Webhooks, n.Pulse.Aside = time.Hour, 3
	n.Unclaimed = map[string]int{"8970101000000000034": 2}
	lost := fmc.LineView{State: "quarantined", WayOut: "release it", Name: "left"}
	lost.LineState = fmc.LineState{ID: "sim:8970101234567890123", Why: "it failed three times", SIM: &fmc.SIMState{ICCID: "8970101234567890123"}}
	n.Companies[0].Lines = []fmc.LineView{lost}
	all := n.Examine(t.Context())
	level(t, all, "drain", doctor.Bad)
	if f := level(t, all, "quarantine", doctor.Warn); f.Values["count"] != "3" || !strings.Contains(f.Fix, "roadline quarantine retry") {
		t.Errorf("%+v", f)
	}
	level(t, all, "rtp_free", doctor.Warn)
	if f := level(t, all, "trunk", doctor.Bad); f.Values["company"] != "shop" {
		t.Errorf("the trunk is the shop's alone: %+v", f)
	}
	level(t, all, "phones", doctor.Warn)
	level(t, all, "quota", doctor.Warn)
	level(t, all, "keep", doctor.Warn)
	level(t, all, "overdue", doctor.Warn)
	if f := level(t, all, "line", doctor.Bad); f.Values["line"] != "+79031112233" || f.Fix != "release it" {
		t.Errorf("%+v", f)
	}
	if f := level(t, all, "unclaimed", doctor.Warn); f.Values["card"] != "8970101000000000034" || f.Values["count"] != "2" {
		t.Errorf("%+v", f)
	}
	if f := level(t, all, "password", doctor.Bad); f.Values["account"] != "ivanov-desk" {
		t.Errorf("%+v", f)
	}
	var cards []string
	for _, f := range of(all, "mandate") {
		cards = append(cards, f.Values["card"]+" "+string(f.Level))
	}
	if !slices.Equal(cards, []string{"8970101234567890131 bad", "8970101234567890123 warning"}) {
		t.Errorf("mandates: %v", cards)
	}
	n.Database = errors.New("connection refused")
	level(t, n.Examine(t.Context()), "database", doctor.Bad)
}

func TestNoStrangerCallsAbroad(t *testing.T) {
	all := node(t, shop, nil).Examine(t.Context())
	level(t, all, "stranger", doctor.Well)
	level(t, all, "abroad", doctor.Well)
}

// TestAWayAbroadIsFound has the one number abroad that is asked about be somebody's mobile: whoever calls reaches it.
func TestAWayAbroadIsFound(t *testing.T) {
	open := node(t, strings.Replace(shop, "+79161234567", "+442079460000", 1)+"dialling: {abroad: true}\n", nil)
	open.Companies[0].World = call.Quiet(open.Companies[0].Company, func(fmc.DeviceID) []fmc.LineState {
		return []fmc.LineState{{ID: "trunk:carrier-a", Kind: fmc.TrunkLine, Trunk: "carrier-a", Ready: true}}
	})
	if found := of(open.Examine(t.Context()), "stranger"); len(found) == 0 || found[0].Level != doctor.Bad || found[0].Values["number"] != "+74951234567" {
		t.Errorf("%+v", found)
	}
}

func TestWhoMayCallAbroadWithoutACapIsTold(t *testing.T) {
	open := node(t, shop+"dialling: {abroad: true}\n", nil)
	if f := level(t, open.Examine(t.Context()), "abroad", doctor.Warn); f.Values["may"] != "2" {
		t.Errorf("%+v", f)
	}
	level(t, open.Examine(t.Context()), "stranger", doctor.Well)
	capped := node(t, shop+"dialling: {abroad: true, caps: {abroad: 30m}}\n", nil)
	level(t, capped.Examine(t.Context()), "abroad", doctor.Well)
}

func TestEveryOutcomeHasWordsInEachLanguage(t *testing.T) {
	for _, missing := range doctor.Unspoken() {
		t.Error(missing)
	}
	f := doctor.In("ru", doctor.Finding{Check: "trunk", Level: doctor.Bad, Values: map[string]string{"trunk": "a"}})
	if f.Text != "Транк a не отвечает." || f.Fix == "" {
		t.Errorf("%+v", f)
	}
	if f := doctor.In("th", f); f.Text != "Trunk a does not answer." {
		t.Errorf("%+v", f)
	}
}
