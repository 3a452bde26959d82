package peering

import "strings"

// pasts are the past tenses of the verbs that actions begin with.
var pasts = map[string]string{
	"request": "Requested", "accept": "Accepted", "tag": "Tagged", "delete": "Deleted",
	"let": "Let", "remove": "Removed", "route": "Routed", "adopt": "Adopted", "stop": "Stopped", "hand": "Handed",
}

// Past says an action that was carried out: "Routed 10.12.0.0/16 in rtb-1 (requester) to pcx-1".
func Past(action Action) string {
	verb, rest, _ := strings.Cut(action.String(), " ")
	if past, known := pasts[verb]; known {
		return past + " " + rest
	}
	return "Done: " + action.String()
}
