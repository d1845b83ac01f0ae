package access_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"roadline/cabinet/access"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var update = flag.Bool("update", false, "write what there is into testdata")

const tableFile = "testdata/rights.txt"

// TestTheTableIsAsItWasAgreed walks every role against every right: who changes one changes the file too, and sees there
// what follows.
func TestTheTableIsAsItWasAgreed(t *testing.T) {
	var text strings.Builder
	fmt.Fprintf(&text, "%-22s", "")
	for _, role := range access.Roles {
		fmt.Fprintf(&text, "%-14s", role)
	}
	letters := map[access.Reach]string{access.None: "-", access.Own: "own", access.Groups: "groups", access.Company: "company"}
	for _, right := range access.Rights() {
		fmt.Fprintf(&text, "\n%-22s", right)
		for _, role := range access.Roles {
			fmt.Fprintf(&text, "%-14s", letters[access.Viewer{Company: "acme", Employee: "anna", Roles: []access.Role{role}}.Reach(right)])
		}
	}
	lines := strings.Split(text.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(tableFile, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(tableFile)
	if err != nil || string(want) != got {
		t.Errorf("%v; go test ./cabinet/access -update writes\n%s", err, got)
	}
}

func acme(t *testing.T) *fmc.Company {
	t.Helper()
	c, err := configs.ReadCompany("acme", []byte(acmeFile))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func viewer(t *testing.T, who fmc.EmployeeID) access.Viewer {
	t.Helper()
	v, ok := access.ViewerOf(acme(t), who)
	if !ok {
		t.Fatalf("no %s", who)
	}
	return v
}

func TestRolesFollowFromTheDocument(t *testing.T) {
	for who, want := range map[fmc.EmployeeID]struct {
		roles string
		team  string
	}{
		"anna":   {"[employee]", "[anna]"},
		"boris":  {"[manager head]", "[boris anna elena]"},
		"clara":  {"[administrator]", "[clara]"},
		"dmitry": {"[marketer]", "[dmitry]"},
		"elena":  {"[employee head]", "[elena]"},
	} {
		v := viewer(t, who)
		if fmt.Sprint(v.Roles) != want.roles || fmt.Sprint(v.Team) != want.team {
			t.Errorf("%s: %v, %v", who, v.Roles, v.Team)
		}
	}
	if _, ok := access.ViewerOf(acme(t), "nobody"); ok {
		t.Error("nobody is somebody")
	}
}

// TestEveryRoleCanBeWritten also sees that no other can.
func TestEveryRoleCanBeWritten(t *testing.T) {
	for _, role := range append(slices.Clone(access.Roles), "king") {
		_, err := configs.ReadCompany("acme", []byte(strings.Replace(acmeFile, "[marketer]", "["+string(role)+"]", 1)))
		if may := role != access.Head && role != "king"; (err == nil) != may {
			t.Errorf("%s: %v", role, err)
		}
	}
	if _, err := configs.ReadCompany("acme", []byte(strings.Replace(acmeFile, "[marketer]", "[marketer, marketer]", 1))); err == nil {
		t.Error("a role twice")
	}
}

func TestWhatAViewerSees(t *testing.T) {
	for _, row := range []struct {
		who      fmc.EmployeeID
		employee fmc.EmployeeID
		group    fmc.GroupID
		want     bool
	}{
		{"anna", "anna", "", true},
		{"anna", "anna", "sales", true},
		{"anna", "elena", "sales", false}, // a colleague's
		{"anna", "", "sales", true},       // nobody's in the group
		{"anna", "", "service", false},
		{"anna", "", "", false},
		{"elena", "anna", "service", true}, // of the group that she heads
		{"elena", "anna", "sales", false},
		{"elena", "elena", "", true},
		{"boris", "", "", true},
		{"boris", "dmitry", "", true},
		{"clara", "clara", "", false}, // an administrator hears nothing, not even this
		{"dmitry", "dmitry", "", false},
	} {
		if got := viewer(t, row.who).Sees(access.RecordingsListen, row.employee, row.group); got != row.want {
			t.Errorf("%s sees %q of %q: %v", row.who, row.employee, row.group, got)
		}
	}
}

func TestATokenCanDoNoMoreThanItLists(t *testing.T) {
	v := viewer(t, "boris")
	v.Token = &access.Token{Name: "crm", Rights: []access.Right{access.CallsRead, access.DocumentPublish}}
	if v.Reach(access.CallsRead) != access.Company || v.May(access.RecordingsListen) || v.May(access.DocumentPublish) {
		t.Error("it is not the less of both")
	}
	if err := v.Need(access.RecordingsListen, access.Own); !errors.Is(err, cause.Denied) || !strings.Contains(err.Error(), `"crm"`) {
		t.Error(err)
	}
	service := access.Viewer{Company: "acme", Token: &access.Token{Name: "crm", Service: true, Rights: []access.Right{access.CallsRead}}}
	if service.Reach(access.CallsRead) != access.Company || service.May(access.MissedWork) || service.By() != "token crm" || !service.Sees(access.CallsRead, "", "") {
		t.Errorf("%+v", service)
	}
}

func TestARefusalSaysWhatIsLacking(t *testing.T) {
	v := viewer(t, "anna")
	if err := v.Need(access.CallsRead, access.None); err != nil {
		t.Error(err)
	}
	for want, err := range map[string]error{
		`no right "audit.nothing"`: v.Need("audit.nothing", access.Own),
		`your right "calls.make" reaches what is your own and not the whole company`: v.Need(access.CallsMake, access.Company),
	} {
		if !errors.Is(err, cause.Denied) || !strings.Contains(err.Error(), want) {
			t.Error(err)
		}
	}
	if (access.Viewer{}).May(access.SelfChange) {
		t.Error("nobody may something")
	}
}
