package web_test

import "testing"

func TestAnOperatorReadsHowTheGatewaysAre(t *testing.T) {
	_, olga := fleet(t)
	_, body := olga.Get("/gateways")
	has(t, body, "Шлюзы", "roof</span>: на связи", "192.0.2.9", ">1</th>", "8 (903) 111-22-33", "GoIP передаёт пароль каждой линии в открытом виде",
		"номера событий бывают отрицательными", "shed</span>: не отвечает", ">0</th>")
}
