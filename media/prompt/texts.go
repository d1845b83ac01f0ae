package prompt

import (
	"strconv"
	"time"

	"roadline/media"
)

// saying is one text in both languages.
type saying struct {
	id               ID
	english, russian string
}

// sayings are what the house says. Where the plan puts a name, digits or a number behind or before one, it says so.
var sayings = []saying{
	// To a client.
	{"welcome", "Thank you for calling.", "Здравствуйте! Спасибо за звонок."},
	{"menu", "Please key the extension you want, or stay on the line.", "Наберите внутренний номер или оставайтесь на линии."},
	{"recording-notice", "This call is recorded to help us improve our service.", "Разговор записывается для контроля качества."},
	{"no-such-extension", "There is no such extension.", "Такого внутреннего номера нет."},
	{"try-again", "That was not understood. Please try again.", "Номер не распознан. Попробуйте ещё раз."},
	{"person-busy", "The person you are calling is busy.", "Сотрудник сейчас разговаривает."},
	{"person-unavailable", "The person you are calling is not available.", "Сотрудник сейчас недоступен."},
	{"no-answer", "Nobody answers.", "Никто не отвечает."},
	{"off-hours", "You have reached us outside working hours.", "Вы позвонили в нерабочее время."},
	{"service-unavailable", "We cannot connect you at the moment. We will call you back.", "Сейчас мы не можем вас соединить. Мы вам перезвоним."},
	{"reconnecting", "The connection was lost. Please stay on the line, we are connecting you again.", "Связь прервалась. Оставайтесь на линии, мы соединяем вас снова."},
	{"queue-position", "Your place in the line is", "Ваш номер в очереди"}, // + number
	{"voicemail-group", "Nobody is free at the moment. Please leave a message after the tone.", "Сейчас все сотрудники заняты. Оставьте сообщение после сигнала."},
	{"voicemail-busy", "The person you are calling is busy. Please leave a message after the tone.", "Сотрудник сейчас разговаривает. Оставьте сообщение после сигнала."},
	{"voicemail-no-answer", "The person you are calling does not answer. Please leave a message after the tone.", "Сотрудник не отвечает. Оставьте сообщение после сигнала."},
	{"voicemail-unreachable", "The person you are calling cannot be reached. Please leave a message after the tone.", "Сотрудник сейчас недоступен. Оставьте сообщение после сигнала."},
	{"voicemail-off-hours", "You have reached us outside working hours. Please leave a message after the tone.", "Вы позвонили в нерабочее время. Оставьте сообщение после сигнала."},
	{"leave-message", "Please leave a message after the tone.", "Оставьте сообщение после сигнала."},

	// To an employee.
	{"call-for-you", "A call for you.", "Вам звонят."},
	{"from", "From", "Звонит"}, // + a name or digits; said between group or call-for-you and who calls
	{"confirm", "Press one to take the call, two to pass it on, three for voicemail.", "Нажмите один, чтобы ответить, два, чтобы передать дальше, три для голосовой почты."},
	{"already-taken", "The call is already taken.", "На звонок уже ответили."},
	{"client-left", "The client has hung up.", "Клиент положил трубку."},
	{"nothing-there", "There is no call here.", "Здесь нет звонка."},
	{"next-number", "Please key the next number.", "Наберите следующий номер."},

	// Why a call is refused.
	{"emergency-hint", "This is an emergency number. Please hang up and dial it directly.", "Это номер экстренной службы. Положите трубку и наберите его напрямую."},
	{"not-allowed", "This call is not allowed.", "Этот звонок не разрешён."},
	{"abroad-not-allowed", "Calls abroad are not allowed.", "Звонки за границу не разрешены."},
	{"premium-not-allowed", "Calls to premium numbers are not allowed.", "Звонки на платные номера не разрешены."},
	{"wrong-number", "This number is wrong or not complete.", "Номер набран неправильно."},
	{"no-line", "All lines are busy. Please try again later.", "Все линии заняты. Перезвоните позже."},
	{"no-number-to-show", "There is no company number that this call may show.", "Нет номера компании, который можно показать в этом звонке."},
	{"number-not-proven", "It is not proven that the number to be shown is the company's own.", "Не подтверждено, что показываемый номер принадлежит компании."},
}

// Numbers that are one text each, as they are counted; the Russian ones in the nominative, as a place in a line is read.
var (
	englishNumbers = []string{
		"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
		"fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
	}
	russianNumbers = []string{
		"ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать", "двенадцать",
		"тринадцать", "четырнадцать", "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать", "девятнадцать", "двадцать",
	}
	englishTens     = []string{"thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
	russianTens     = []string{"тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"}
	russianHundreds = []string{"сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"}
)

// Texts returns everything that the house says, in every language: its sentences, its numbers, and the tones that are
// named like prompts, "beep" and "error".
func Texts() []Text {
	var texts []Text
	add := func(id ID, english, russian string) {
		texts = append(texts, Text{ID: id, Language: English, Words: english}, Text{ID: id, Language: Russian, Words: russian})
	}
	for _, s := range sayings {
		add(s.id, s.english, s.russian)
	}
	for n, english := range englishNumbers {
		add(spokenNumber(n), english, russianNumbers[n])
	}
	for i, english := range englishTens {
		add(spokenNumber(30+10*i), english, russianTens[i])
	}
	for i, russian := range russianHundreds {
		add(spokenNumber(100+100*i), englishNumbers[i+1]+" hundred", russian)
	}
	for id, kind := range map[ID]media.ToneKind{"beep": media.Beep, "error": media.ErrorTone, "understood": media.ConfirmTone} {
		tone := media.SoundOf(string(id), media.NewTone(kind, ""), time.Second).WAV()
		texts = append(texts, Text{ID: id, Language: English, Recording: tone}, Text{ID: id, Language: Russian, Recording: tone})
	}
	return texts
}

// spokenNumber is the id of a number that is one text: 0 to 20, tens and hundreds.
func spokenNumber(n int) ID { return ID("spoken/" + strconv.Itoa(n)) }
