package plan

import (
	"fmt"

	"roadline/fmc"
)

// alertKind is what the company is alerted of.
type alertKind uint8

const (
	noAlert alertKind = iota
	alertFirstUse
	alertPINWrong
	alertPINLocked
	alertCap
	alertDestination
	alertEmergency
	alertCallBack
)

// alertKinds are the kinds with their names and what is said of them in English and in Russian: the first %s is the
// person, the second the number.
var alertKinds = [...]struct{ name, english, russian string }{
	alertFirstUse:    {"first_use", "%s called through the company's number for the first time, to %s. If it was not you, tell your company.", "%s: первый звонок через номер компании, на %s. Если это были не вы, сообщите в компанию."},
	alertPINWrong:    {"pin_wrong", "Wrong PINs of %s were keyed in several calls from %s.", "%s: неверный пин-код набран в нескольких звонках с номера %s."},
	alertPINLocked:   {"pin_locked", "Wrong PINs of %s were keyed from %s until that was locked.", "%s: пин-код набирали неверно с номера %s, пока вход не был закрыт."},
	alertCap:         {"cap", "%s has used up what they may call a day and wanted %s.", "%s: дневной лимит звонков исчерпан, набран номер %s."},
	alertDestination: {"destination", "%s wanted to call %s, where they may not.", "%s: набран номер %s, звонки туда не разрешены."},
	alertEmergency:   {"emergency", "%s dialled the emergency number %s and was told to dial it directly.", "%s: набран экстренный номер %s, сказано набрать его напрямую."},
	alertCallBack:    {"call_back", "%s asked for calls back that came to nothing, or for too many: %s.", "%s: обратные звонки не состоялись, или их слишком много: %s."},
}

// alert tells the company of something that somebody should look at. What a person does in a private call is theirs.
func (d *decision) alert(kind alertKind, who fmc.EmployeeID, about string) {
	if d.q.Private {
		return
	}
	k, name, number := alertKinds[kind], d.inWords("somebody", "неизвестный"), about
	if e, ok := d.known(who); ok {
		name = nameOf(e)
	}
	if about == "" {
		number = d.hiddenWords()
	}
	d.alerts = append(d.alerts, fmc.Alert{
		Kind: k.name, Employee: who, About: about, Text: fmt.Sprintf(d.inWords(k.english, k.russian), name, number), Person: kind == alertFirstUse,
	})
}

// nameOf is a person as people of the company know them.
func nameOf(e *fmc.Employee) string {
	if e.Name != "" {
		return e.Name
	}
	return string(e.ID)
}
