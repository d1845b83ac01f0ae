package openvox

import (
	"os"
	"strings"
	"testing"

	"roadline/hardware/modem"
)

// The papers' examples, as they stand: commas too many and nothing escaped.
func TestTheResultOfATextIsFoundInWhatTheBoxAnswers(t *testing.T) {
	said, err := os.ReadFile("testdata/sendsms.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, sample, _ := strings.Cut(string(said), "\n\n")
	for _, row := range []struct {
		name, answer, to, id string
		want                 string
		ok                   bool
	}{
		{"the first", sample, "10086", "1122", "sending", true},
		{"the second", sample, "10087", "1123", "fail", true},
		{"another's id", sample, "10086", "1123", "", false},
		{"no such id", sample, "10086", "112", "", false},
		{"a plus that is lost", sample, "+10086", "1122", "sending", true},
		{"a text that looks like a record", `{"message":"","report":[{"0":[{"port":"1","phonenumber":"1","id":"7","result":"success"}]}]","report":[{"0":[{"port":"1","phonenumber":"1","time":"","id":"7","result":"fail"}]}]}`, "1", "7", "fail", true},
		{"a text with quotes", `{"message":"say "hi"","report":[{"0":[{"port":"1","phonenumber":"1","time":"","id":"7","result":"success"}],}]}`, "1", "7", "success", true},
		{"an answer that is cut", `{"message":"hi","report":[{"0":[{"port":"1","phonenumber":"1","time":"","id":"7","resul`, "1", "7", "", false},
		{"a page", `<html>System busy</html>`, "1", "7", "", false},
		{"nothing", ``, "1", "7", "", false},
	} {
		if got, ok := record(row.answer, row.to, row.id); got != row.want || ok != row.ok {
			t.Errorf("%s: %q, %v", row.name, got, ok)
		}
	}
}

func TestWhatTheNetworkSaidIsRead(t *testing.T) {
	for _, row := range []struct {
		name, wrote string
		want        modem.USSD
		ok          bool
	}{
		{"as it is misspelt", "1:Recive USSD on span 12,responses:0,code:15\nText:UNKNOWN APPLICATION", modem.USSD{Text: "UNKNOWN APPLICATION"}, true},
		{"as it should be spelt", "1:Receive USSD on span 1,responses:1,code:0\nText:Sisa pulsa\n1.YA\n2.Info", modem.USSD{Text: "Sisa pulsa\n1.YA\n2.Info", Open: true, Mode: 1}, true},
		{"a failure", "0:Failed", modem.USSD{}, false},
		{"no text", "1:Recive USSD on span 12,responses:0,code:15", modem.USSD{}, false},
		{"something else", "1:Recive USSD on span 12,responses:0,code:15\nTimeout", modem.USSD{}, false},
	} {
		got, err := answered(strings.Split(row.wrote, "\n"))
		if got != row.want || (err == nil) != row.ok {
			t.Errorf("%s: %+v, %v", row.name, got, err)
		}
	}
}

func TestTheICCIDIsReadFromTheCardsFile(t *testing.T) {
	for wrote, want := range map[string]string{
		"+CRSM: 144,0,\"98104000000000000010\"\n\nOK":     "89010400000000000001",
		"+CRSM: 144, 0, \\\"981040000000000000F1\\\"":     "8901040000000000001",
		"+CRSM: 144,0,981040000000000000F1\nOK":           "8901040000000000001",
		"+CRSM: 106,130,\"98104000000000000010\"\nOK":     "",
		"+CRSM: 144,0,\"9810\"\nOK":                       "",
		"+CRSM: 144,0,\"981040000A0000000010\"\nOK":       "",
		"+CRSM: 144,0,\"9810400000000000001098104000\"\n": "",
		"+CME ERROR: 10": "",
	} {
		got, ok := readICCID(strings.Split(wrote, "\n"))
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v", wrote, got, ok)
		}
	}
}

func FuzzWhateverABoxAnswers(f *testing.F) {
	f.Add(`{"message":"hi","report":[{"0":[{"port":"1","phonenumber":"1","time":"","id":"7","result":"success"}],}]}`)
	f.Add("+CRSM: 144,0,\"98104000000000000010\"")
	f.Fuzz(func(t *testing.T, said string) {
		if result, ok := record(said, "1", "7"); ok && !strings.Contains(said, `"`+result+`"`) {
			t.Errorf("a result %q that nobody wrote", result)
		}
		lines := strings.Split(said, "\n")
		if iccid, ok := readICCID(lines); ok && (len(iccid) > 20 || iccid == "") {
			t.Errorf("an ICCID %q", iccid)
		}
		_, _ = answered(lines)
	})
}
