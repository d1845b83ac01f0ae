package house_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
)

// How the people of rehearsed calls behave, live and in the script alike.
const (
	picksUpIn = 600 * time.Millisecond // a mobile, after it began to ring
	keysIn    = 150 * time.Millisecond // a confirming key, after the answer: as soon as the question begins, and a tone's time
	menuKeyIn = 150 * time.Millisecond
	talksFor  = 3 * time.Second
	patience  = 20 * time.Second // a caller's, since the call began
	at1stRing = 10 * time.Millisecond
)

// lone is a generated company with the one call that it will have.
type lone struct {
	id       fmc.CompanyID
	file     string
	supposed call.Supposed
	script   call.Script
	keys     string // pressed in the menu
	out      bool
	client   *housetest.Voice
}

// author writes a generated company.
type author struct {
	t      *testing.T
	dice   *rand.Rand
	number int
	it     *lone
	people []string // employees in YAML
}

// generate writes company and call number n of a seed. Those whose n is 3 modulo 4 call out.
func generate(t *testing.T, seed uint64, n int) *lone {
	a := &author{t: t, dice: rand.New(rand.NewPCG(seed, uint64(n))), number: n} //nolint:gosec // n counts from 0
	a.it = &lone{
		id: fmc.CompanyID(fmt.Sprintf("c%02d", n)), out: n%4 == 3, client: housetest.NewVoice(t),
		script: call.Script{
			Caller:  call.Caller{Talked: talksFor, Hangs: patience},
			Devices: map[fmc.DeviceID]call.Behaviour{}, Outside: map[string]call.Behaviour{},
		},
	}
	if a.it.out {
		a.callsOut()
	} else {
		a.callsIn()
	}
	return a.it
}

// grant is what the machine grants a company: two numbers, and calling out.
func grant(n int) string {
	return fmt.Sprintf(`, {company: c%02d, numbers: ["%s", "%s"]}`, n, ownNumber(n, 1), ownNumber(n, 2))
}

func ownNumber(n, i int) string { return fmt.Sprintf("+7495200%02d%02d", n, i) }

func (a *author) one(of ...string) string { return of[a.dice.IntN(len(of))] }

// does makes a mobile that behaves as a digit says, and tells how.
func (a *author) does(digit byte, confirm bool) (number string, b call.Behaviour) {
	v := housetest.NewVoice(a.t)
	number = housetest.MobileOf(v, digit)
	b = call.Behaviour{Alerts: at1stRing}
	ends := func(m cause.Meaning) { b.Alerts, b.Ends, b.Cause = time.Hour, at1stRing, cause.Of(m) }
	switch digit {
	case '1':
		b.Answers = picksUpIn
		if confirm {
			v.Press("1")
			b.Key, b.KeyIn = "1", keysIn
		}
	case '3':
		ends(cause.Busy)
	case '4':
		ends(cause.Declined)
	case '5':
		ends(cause.Unreachable)
	case '6':
		b.Answers = picksUpIn // and says nothing: a voicemail
	}
	return number, b
}

func (a *author) callsIn() {
	it, n := a.it, a.number
	count := 1 + a.dice.IntN(3)
	answers := a.dice.IntN(4) // who confirms; beyond the last nobody does
	for i := range count {
		digit := a.one("2", "3", "4", "5")[0]
		switch {
		case i == answers:
			digit = '1'
		case i == 0 && n%5 == 1:
			digit = '6'
		}
		confirm := digit == '6' || a.dice.IntN(3) > 0
		number, b := a.does(digit, confirm)
		id := fmt.Sprintf("p%d", i+1)
		it.script.Devices[fmc.DeviceID(id+"/mobile")] = b
		a.employ(id, i, number, fmt.Sprintf("{device: mobile, after: %ds, for: %ds, confirm: %t}", a.dice.IntN(3), 5+a.dice.IntN(3), confirm), n%6 == 2)
	}
	it.supposed = call.Supposed{From: fmt.Sprintf("+7912000%04d", n), To: ownNumber(n, 1+a.dice.IntN(2))}
	scenario := "[{ring: sales}]"
	switch n % 8 {
	case 0, 4:
		it.keys = a.one("1", "2", "")
		scenario = "[{menu: {prompt: menu, keys: {\"1\": {ring: sales}, \"2\": {ring: p1}}, timeout: 2s, repeats: 1, default: {ring: sales}}}]"
	case 1:
		scenario = "[{ring: p1}]"
	case 6:
		scenario = "[{schedule: {outside: never, do: " + a.one("{voicemail: sales}", "{say: off-hours}") + "}}, {ring: sales}]"
	}
	if it.keys != "" {
		it.script.Caller.Keys = []call.Keys{{After: menuKeyIn, Keys: it.keys}}
	}
	it.file = a.write(scenario)
}

func (a *author) callsOut() {
	it, n := a.it, a.number
	number, b := a.does('2', true)
	it.script.Devices["p1/mobile"] = b
	a.people = append(a.people, fmt.Sprintf("{id: p1, name: Ivan Ivanov, extension: \"201\", groups: [sales], mobile: %q, account: {sip: %s-desk, kind: soft}}", number, it.id))
	mate, b := a.does('1', true)
	it.script.Devices["p2/mobile"] = b
	a.employ("p2", 1, mate, "{device: mobile, for: 10s}", false)
	it.supposed = call.Supposed{By: string(it.id) + "-desk"}
	switch n / 4 % 6 {
	case 0, 1:
		it.supposed.Dial, it.script.Outside[""] = a.does('1', false)
	case 2:
		it.supposed.Dial, it.script.Outside[""] = a.does('3', false)
	case 3:
		it.supposed.Dial, it.script.Outside[""] = a.does('5', false)
	case 4:
		it.supposed.Dial = "202"
	case 5:
		it.supposed.Dial = "810442079460000" // abroad, which the company does not allow
	}
	it.file = a.write("[{ring: sales}]")
}

// employ writes a person with a mobile, and with a phone that is never registered where desk is set.
func (a *author) employ(id string, i int, mobile, ring string, desk bool) {
	account := ""
	if desk {
		account, ring = fmt.Sprintf("account: {sip: %s-%s, kind: soft}, ", a.it.id, id), "{device: sip, for: 6s}, "+ring
	}
	name := []string{"Ivan Ivanov", "Pyotr Petrov", "Anna Orlova"}[i]
	a.people = append(a.people, fmt.Sprintf("{id: %s, name: %s, extension: \"20%d\", groups: [sales], mobile: %q, %sring: [%s]}", id, name, i+1, mobile, account, ring))
}

func (a *author) write(scenario string) string {
	n := a.number
	strategy := []string{"ring-all", "hunt", "longest-idle", "round-robin"}[(n+n/4)%4]
	overflow := a.one("", ", overflow: {voicemail: sales}", ", overflow: {say: no-answer}")
	return fmt.Sprintf(`
company: %s
name: Shop
country: RU
timezone: Europe/Moscow
hours: {never: {mon-sun: ["00:00-24:00"], except: [2026-01-01/2026-12-31, 2027-01-01/2027-12-31]}}
numbers:
  - {e164: %q, trunk: carrier-a, scenario: main, proof: {contract: "1", from: 2026-01-01}}
  - {e164: %q, trunk: carrier-a, scenario: main, proof: {contract: "1", from: 2026-01-01}}
employees:
  - %s
groups: [{id: sales, extension: "260", strategy: %s, ring: %ds, each: 5s%s}]
caller_id: [{for: sales, show: %q}, {for: all, show: %q}]
scenarios: {main: %s}
recording: {policy: %s, internal: %t, groups: {sales: {fail_closed: %t}}}
confirm: %ds
`, a.it.id, ownNumber(n, 1), ownNumber(n, 2), strings.Join(a.people, "\n  - "), strategy, 6+a.dice.IntN(5), overflow,
		ownNumber(n, 1+a.dice.IntN(2)), ownNumber(n, 1), scenario, a.one("all", "all", "inbound", "outbound", "none"), a.dice.IntN(2) == 0,
		a.dice.IntN(2) == 0, 3+a.dice.IntN(3))
}

// rehearse says what would happen to the call of a company if it came now.
func (it *lone) rehearse(town *housetest.Town) call.Rehearsal {
	town.T().Helper()
	c, ok := town.House.Directory().Company(it.id)
	if !ok {
		town.T().Fatalf("company %s does not serve", it.id)
	}
	request, err := it.supposed.Request(c)
	if err != nil {
		town.T().Fatal(err)
	}
	script := it.script
	script.Lasts = func(p fmc.PromptID) time.Duration { return town.House.Lasts(it.id, p) }
	now := time.Now()
	return call.Rehearse(c, town.House.Calls().World(c, now), request, now, script)
}

// readable is what is wrong with a generated file.
func (it *lone) readable() error {
	_, err := configs.ReadCompany(string(it.id)+".yaml", []byte(it.file))
	return err
}
