package main

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"roadline/configs"
	"roadline/media/prompt"
)

// withoutOthers are the commands that name nothing of a company on a server.
var withoutOthers = map[string]string{
	"serve": "it is the server", "check": "of files", "test": "of files", "version": "of the node", "doctor": "of the node", "quarantine list": "of the node", "quarantine retry": "of the node", "quarantine dismiss": "of the node", "help": "of words", "apply": "see the conflicts of apply_test.go",
	"demo": "a house of its own", "bench": "a house of its own", "modem list": "of the node", "gateway list": "of the node", "card list": "of the node", "card unlock": "of the node", "bank list": "of the node", "modem probe": "of a device", "modem record": "of a device", "gsmsim": "a network of its own", "sms count": "of words",
}

// strangers are what every other command is asked as one company about another's, and about nobody's.
var strangers = map[string][]string{
	"export":             {"export nobody", "export acme --generation 9"},
	"explain":            {"explain --company acme --call " + string(foreignCall), "explain --company nobody", "explain --company acme --by orlov --dial 202", "explain --company acme --to +74952222222"},
	"calls":              {"calls nobody --live"},
	"call show":          {"call show --company acme " + string(foreignCall), "call show --company nobody " + string(foreignCall), "call show --company acme x"},
	"call recording":     {"call recording --company acme " + string(foreignCall), "call recording --company nobody " + string(answeredCall)},
	"call trace":         {"call trace --company acme " + string(foreignCall), "call trace --company nobody " + string(foreignCall)},
	"call minutes":       {"call minutes --company acme " + string(foreignCall), "call minutes --company nobody " + string(foreignCall)},
	"recordings storage": {"recordings storage --company nobody"},
	"recordings hold":    {"recordings hold --company acme " + string(foreignCall) + " --by x --reason y", "recordings hold --company nobody " + string(answeredCall) + " --by x --reason y"},
	"recordings let-go":  {"recordings let-go --company acme " + string(foreignCall) + " --by x --reason y", "recordings let-go --company nobody " + string(answeredCall) + " --by x --reason y"},
	"recordings delete":  {"recordings delete --company acme " + string(foreignCall) + " --by x --reason y", "recordings delete --company nobody " + string(answeredCall) + " --by x --reason y"},
	"user set":           {"user set --company acme orlov-desk --generate", "user set --company nobody orlov-desk --generate"},
	"user remove":        {"user remove --company acme orlov-desk", "user remove --company nobody orlov-desk"},
	"user password":      {"user password acme orlov --generate", "user password nobody orlov --generate", "user password acme orlov --remove"},
	"user invite":        {"user invite acme orlov", "user invite nobody orlov"},
	"user list":          {"user list --company nobody"},
	"user mode":          {"user mode acme orlov dnd", "user mode nobody orlov dnd"},
	"user modes":         {"user modes nobody", "user modes --company nobody"},
	"user pins":          {"user pins nobody", "user pins --company nobody"},
	"user pin":           {"user pin acme orlov --remove", "user pin nobody orlov --remove"},
	"call make":          {"call make acme orlov +79120000001", "call make nobody orlov", "call make nobody ivanov"},
	"call do":            {"call do --company acme " + string(foreignCall) + " hold", "call do --company nobody " + string(foreignCall) + " hold", "call do --company acme x hang-up"},
	"missed list":        {"missed list nobody", "missed list --company nobody"},
	"missed take":        {"missed take --company acme " + string(foreignCall) + " ivanov", "missed take --company nobody " + string(roadCall) + " ivanov", "missed take --company acme " + string(roadCall) + " orlov"},
	"missed close":       {"missed close --company acme " + string(foreignCall) + " --reason x", "missed close --company nobody " + string(roadCall) + " --reason x"},
	"alerts":             {"alerts nobody", "alerts --company nobody"},
	"mail list":          {"mail list nobody", "mail list --company nobody"},
	"mail listen":        {"mail listen --company acme " + string(foreignCall), "mail listen --company nobody " + string(roadCall), "mail listen --company acme " + string(roadCall) + " 7"},
	"mail heard":         {"mail heard --company acme " + string(foreignCall), "mail heard --company nobody " + string(roadCall), "mail heard --company acme " + string(roadCall) + " 7"},
	"prompt list":        {"prompt list --company nobody"},
	"prompt listen":      {"prompt listen --company nobody welcome", "prompt listen --company acme unknown"},
	"prompt upload":      {"prompt upload --company nobody welcome -"},
	"prompt remove":      {"prompt remove --company nobody welcome", "prompt remove --company acme welcome"},
	"sim list":           {"sim list --company nobody"},
	"sim show":           {"sim show --company acme " + foreignSIM, "sim show --company nobody " + foreignSIM, "sim show --company acme x"},
	"sim forecast":       {"sim forecast --company nobody", "sim forecast --company acme " + foreignSIM},
	"sim mandates":       {"sim mandates --company nobody"},
	"sim forwarding":     {"sim forwarding --company acme " + foreignSIM, "sim forwarding --company nobody " + foreignSIM + " --none --reason x"},
	"sim bind":           {"sim bind --company acme " + foreignSIM + " +74951234567 --reason x", "sim bind --company nobody " + foreignSIM + " +74952222222 --reason x"},
	"sim release":        {"sim release --company acme +74952222222 --trunk carrier-a --reason x", "sim release --company nobody +74952222222 --trunk carrier-a --reason x"},
	"bank move":          {"bank move --company acme " + foreignSIM + " modem-1 --reason x", "bank move --company nobody " + foreignSIM + " modem-1 --reason x"},
	"bank free":          {"bank free --company acme " + foreignSIM + " --reason x", "bank free --company nobody " + foreignSIM + " --reason x"},
	"bank history":       {"bank history --company acme " + foreignSIM, "bank history --company nobody " + foreignSIM},
	"line list":          {"line list nobody", "line list --company nobody"},
	"line show":          {"line show --company acme " + foreignSIM, "line show --company nobody " + foreignSIM, "line show --company acme sip:orlov-desk"},
	"line shadow":        {"line shadow --company nobody", "line shadow --company nobody --now", "line shadow --company acme " + foreignSIM, "line shadow --company acme --now " + foreignSIM},
	"line restart":       {"line restart --company acme --reason x " + foreignSIM, "line restart --company nobody --reason x " + foreignSIM},
	"line release":       {"line release --company acme " + foreignSIM, "line release --company nobody " + foreignSIM},
	"sms list":           {"sms list nobody", "sms list --company nobody"},
	"sms show":           {"sms show --company acme " + foreignMessage, "sms show --company nobody " + foreignMessage},
	"sms send":           {"sms send --company nobody --to +79120000001 hello"},
	"smpp list":          {"smpp list --company nobody"},
	"smpp secret":        {"smpp secret --company nobody crm", "smpp secret --company acme their-program"},
	"smpp again":         {"smpp again --company nobody 1", "smpp again --company acme 1", "smpp again --company acme x"},
	"smpp way":           {"smpp way --company nobody --to +79120000001"},
	"ussd":               {"ussd --company acme " + foreignSIM + " *100#", "ussd --company nobody " + foreignSIM + " *100#"},
}

// TestNoCommandShowsAnotherCompanys walks every command.
func TestNoCommandShowsAnotherCompanys(t *testing.T) {
	n := filled(t)
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		name := strings.TrimPrefix(strings.TrimPrefix(c.CommandPath(), "roadline"), " ")
		if c.HasSubCommands() || withoutOthers[name] != "" {
			return
		}
		lines, ok := strangers[name]
		if !ok {
			t.Errorf("%s has no case here: what does it answer when asked for another company's?", name)
		}
		for _, line := range lines {
			s := n.run(strings.Fields(line)...)
			if s.code != exitFailed || s.out != "" || s.err == "" || strings.Contains(s.err, "Beta") || strings.Contains(s.err, "serova") {
				t.Errorf("%s: %s", line, s)
			}
		}
	}
	walk((&program{}).root())
	// An empty list is what another's calls look like, also by its own people, groups and numbers.
	for _, line := range []string{
		"calls acme --employee orlov", "calls acme --number +74952222222", "calls acme --client +79120000003", "calls acme --after 2026-11-19T07:00:00Z," + string(foreignCall),
		"calls acme --private orlov", "calls acme --live --private orlov", "alerts acme --employee orlov", "mail list acme --employee orlov", "missed list acme --owner orlov",
		"sms list acme --sim " + foreignSIM, "sms list acme --peer +79120000005", "sms list acme --after 2027-11-19T07:00:00Z," + foreignMessage, "sim list --company acme", "line list acme",
	} {
		if s := n.run(strings.Fields(line)...); s.code != exitOK || strings.Contains(s.out, string(foreignCall)) || strings.Contains(s.out, foreignSIM) || strings.Contains(s.out, foreignMessage) {
			t.Errorf("%s: %s", line, s)
		}
	}
	if s := n.run("user", "list", "--company", "acme"); strings.Contains(s.out, "orlov") || s.code != exitOK {
		t.Error(s)
	}
	if s := n.run("user", "list", "--company", "beta"); !strings.Contains(s.out, "orlov-desk  orlov     none      0") {
		t.Errorf("another's password was changed: %s", s)
	}
}

func TestAPasswordIsKeptAsADigestAlone(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	const password = "correct horse:battery"
	s := runWith(t, password+"\r\nmore\n", "--config", n.config, "user", "set", "ivanov-desk")
	if s.code != exitOK || s.out != "ivanov-desk has a new password\n" {
		t.Fatal(s)
	}
	a1 := []byte("ivanov-desk:acme:" + password)
	strong, weak := sha256.Sum256(a1), md5.Sum(a1)
	n.until("the directory has it", func() bool {
		a, ok := n.house.Directory().Account("ivanov-desk")
		return ok && a.Secret.SHA256 == hex.EncodeToString(strong[:]) && a.Secret.MD5 == hex.EncodeToString(weak[:])
	})
	if out := n.must("user", "list"); !strings.Contains(out, "ivanov-desk  ivanov    20") {
		t.Error(out)
	}
	made := n.must("user", "set", "ivanov-desk", "--generate", "-o", "json")
	var is struct{ Account, Password string }
	if err := json.Unmarshal([]byte(made), &is); err != nil || is.Account != "ivanov-desk" || len(is.Password) < 20 {
		t.Errorf("%s %v", made, err)
	}
	if text := n.must("export", "acme") + n.log.String(); strings.Contains(text, "horse") || strings.Contains(text, is.Password) || strings.Contains(text, hex.EncodeToString(weak[:])) {
		t.Error("a secret is in the document or the log")
	}
	if out := n.must("user", "remove", "ivanov-desk"); out != "ivanov-desk has no password any more\n" {
		t.Error(out)
	}
	n.until("it is gone", func() bool {
		a, ok := n.house.Directory().Account("ivanov-desk")
		return ok && a.Secret.SHA256 == "" && a.Secret.MD5 == ""
	})
	for in, want := range map[string]string{"": "no password", "\n": "no password", "short\n": "write 10 to 128 bytes", "\xff\xfe long enough\n": "no letters of UTF-8"} {
		if s := runWith(t, in, "--config", n.config, "user", "set", "ivanov-desk"); s.code == exitOK || !strings.Contains(s.err, want) || strings.Contains(s.err, "short") {
			t.Errorf("%q: %s", in, s)
		}
	}
}

func TestAServerThatIsAwayIsExitCode3(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "none.sock")
	file := filepath.Join(dir, "acme.yaml")
	if err := os.WriteFile(file, []byte(acmeFile), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"call make acme petrov", "call do x hold", "call minutes x", "call trace x", "missed list", "missed take x petrov", "missed close x --reason y", "alerts", "mail list", "mail listen x", "mail heard x", "user pins", "user pin acme petrov --remove",
		"calls", "calls acme", "export acme", "call show x", "user list --company acme", "explain --call x", "apply --reason x " + file,
		"sim list", "sim show x", "sim forecast", "sim mandates", "sim forwarding x", "sim forwarding x --look", "sim forwarding x --none --reason z", "sim bind x y --reason z", "sim release x --trunk y --reason z", "line list", "line shadow", "line shadow --now", "line show x", "line release x", "line restart x --reason z", "sms list", "sms show x", "sms send --to x y", "smpp list", "smpp secret x", "smpp again 1", "smpp way --to x", "ussd x *100#", "modem list", "gateway list", "card list", "card unlock x", "bank list", "bank move x y --reason z", "bank free x --reason z", "bank history x",
	} {
		s := runWith(t, "", append(strings.Fields(line), "--socket", socket)...)
		if s.code != exitAway || !strings.Contains(s.err, "no server answers at "+socket) || !strings.Contains(s.err, "roadline serve") || s.out != "" {
			t.Errorf("%s: %s", line, s)
		}
	}
	if s := runWith(t, "", "version", "--socket", socket); s.code != exitOK || !strings.Contains(s.out, "none answers at "+socket) {
		t.Error(s)
	}
}

func TestPostgreSQLAwayIsExitCode3AndExplainGoesOn(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	n.house.Store().Close() // as if it were unreachable
	s := n.run("calls", "acme")
	if s.code != exitAway || s.err == "" {
		t.Error(s)
	}
	if s := n.run("explain", "--company", "acme", "--from", "+79120000001"); s.code != exitOK {
		t.Error(s)
	}
}

func TestAnAnswerOfSomethingElseIsNoPanic(t *testing.T) {
	for _, body := range []string{"", "hello", "[]", "{", `{"type":7}`} {
		for _, status := range []int{200, 404, 502} {
			socket := filepath.Join(t.TempDir(), "s")
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			}))
			listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
			if err != nil {
				t.Fatal(err)
			}
			_ = server.Listener.Close()
			server.Listener = listener
			server.Start()
			s := runWith(t, "", "call", "show", "x", "--company", "acme", "--socket", socket)
			if s.code != exitAway && status != 200 || s.code == exitOK && body != "{}" && body != "" && status != 200 {
				t.Errorf("%d %q: %s", status, body, s)
			}
			server.Close()
		}
	}
}

func TestWrongUseIsExitCode2WithAHint(t *testing.T) {
	for line, want := range map[string]string{
		"nonsense":                         `there is no command "nonsense"`,
		"aply x.yaml":                      "did you mean apply?",
		"call shw x":                       "did you mean show?",
		"export a b":                       "it takes at most one company: roadline export [COMPANY]",
		"test":                             "it takes one company file",
		"check":                            "it takes files",
		"check /nowhere/x.yaml":            "no such file or directory",
		"check --nope":                     "unknown flag: --nope",
		"calls -o xml":                     `-o "xml": write table or json`,
		"explain x.yaml --company acme":    "either a file, or --company or --call",
		"version --config /nowhere.yaml":   "machine file: open /nowhere.yaml",
		"serve now":                        "it takes no arguments",
		"sms send hello":                   "--to is missing",
		"sms send --to +79120000001":       "it takes one text",
		"sim bind x y":                     "--reason is missing",
		"sim forwarding x --none":          "--reason is missing",
		"sim forwarding x --none --busy 1": "no two of them",
		"sim forwarding x --common --look": "leave --look out",
		"sim release x --reason y":         "--trunk is missing",
		"ussd x":                           "it takes a line, or the ICCID of its SIM, and what to ask",
		"modem lst":                        "did you mean list?",
		"call make acme":                   "it takes a company, one of its people",
		"call do x":                        "it takes the id of a call, what to do",
		"missed close x":                   "--reason is missing",
		"missed take x":                    "it takes the id of a task, and who calls back",
		"mail heard x first":               "which message of the call?",
		"mail listen x -1":                 "unknown shorthand flag",
		"user pin acme":                    "it takes a company and one of its people",
		"user pin acme petrov":             "no PIN: write it to standard input",
		"alerts a b":                       "it takes at most one company",
	} {
		s := runWith(t, "", strings.Fields(line)...)
		if s.code != exitUsage || !strings.Contains(s.err, want) || !strings.Contains(s.err, "see roadline help") || s.out != "" {
			t.Errorf("%s: %s", line, s)
		}
	}
}

func TestHelpSaysTheExitCodes(t *testing.T) {
	for _, line := range []string{"", "help", "--help"} {
		s := runWith(t, "", strings.Fields(line)...)
		if s.code != exitOK || !strings.Contains(s.out, "Exit codes: 0 done; 1 what was asked is false") {
			t.Errorf("%q: %s", line, s)
		}
	}
}

func TestFilesAreCheckedTestedAndExplainedWithoutAServer(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("acme.yaml", acmeFile)
	write("roadline.yaml", strings.Replace(machineText, "%q", `"host=/nowhere"`, 1))
	write("empty.yaml", "")
	write("stranger.yaml", strings.ReplaceAll(acmeFile, "+74951234567", "+74952222222"))
	write("bad.yaml", "company: acme\ncountry: XX\nsites: 7\n")
	write("slow.yaml", strings.Replace(acmeFile, "within: 40s", "within: 10s", 1))
	write("untested.yaml", acmeFile[:strings.Index(acmeFile, "tests:")])
	var all strings.Builder
	for _, line := range []string{
		"check acme.yaml roadline.yaml", "check acme.yaml empty.yaml", "check roadline.yaml stranger.yaml", "check acme.yaml bad.yaml", "check bad.yaml -o json",
		"test acme.yaml", "test slow.yaml", "test bad.yaml", "test untested.yaml", "test acme.yaml -o json",
		"explain acme.yaml --from +79120000001 --at Mon\u00a010:00 --keys 1 --answers petrov", "explain acme.yaml --by ivanov --dial 112",
		"explain acme.yaml --from 12", "explain acme.yaml --to +74950000000", "explain acme.yaml --answers nobody", "explain acme.yaml --at never", "explain bad.yaml",
	} {
		args := strings.Fields(strings.ReplaceAll(line, "\u00a0", "_"))
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		all.WriteString("# " + line + "\n" + runWith(t, "", args...).String() + "\n")
	}
	if s := runWith(t, acmeFile, "test", "-"); s.code != exitOK || !strings.Contains(s.out, "pass") {
		t.Error(s)
	}
	t.Chdir(here)
	golden(t, "files", all.String())
}

// TestTheHouseHasThePromptsThatAFileMayName holds configs' list to media/prompt's.
func TestTheHouseHasThePromptsThatAFileMayName(t *testing.T) {
	_, err := configs.ReadCompany("x", []byte("company: a\ncountry: RU\nscenarios: {main: [{say: \"?nothing\"}]}\n"))
	if err == nil {
		t.Fatal("any prompt may be named")
	}
	_, err = configs.ReadCompany("x", []byte("company: a\ncountry: RU\nscenarios: {main: [{say: nothing-of-the-kind}]}\n"))
	_, list, ok := strings.Cut(err.Error(), "use one of ")
	if !ok {
		t.Fatal(err)
	}
	has := map[string]map[prompt.Language]bool{}
	for _, text := range prompt.Texts() {
		if has[string(text.ID)] == nil {
			has[string(text.ID)] = map[prompt.Language]bool{}
		}
		has[string(text.ID)][text.Language] = true
	}
	for _, name := range strings.Split(list, ", ") {
		if !has[name][prompt.English] || !has[name][prompt.Russian] {
			t.Errorf("a file may name %q, of which the house has %v", name, has[name])
		}
	}
}
