package guard

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// mostCauses of a refusal are told.
const mostCauses = 8

// word is what a reason of Kubernetes looks like.
var word = regexp.MustCompile(`^[A-Za-z]{1,64}$`)

// refusal makes an error answer that can be shown: a Status of the server with cut and
// scrubbed words, or its words alone.
func (a *Account) refusal(response *http.Response, body io.ReadCloser) {
	said, _ := io.ReadAll(io.LimitReader(body, mostError)) // one that breaks off is an error all the same
	_ = body.Close()
	text := []byte(a.secrets.words(string(said)))
	response.Header.Set("Content-Type", "text/plain")
	status := &metav1.Status{}
	if json.Unmarshal(said, status) == nil && status.Kind == "Status" {
		if encoded, err := json.Marshal(a.told(status, response.StatusCode)); err == nil {
			text = encoded
			response.Header.Set("Content-Type", "application/json")
		}
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
}

func (a *Account) told(s *metav1.Status, code int) *metav1.Status {
	told := &metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure,
		Message: a.secrets.words(s.Message), Code: int32(code), //nolint:gosec // a status has three digits
	}
	if word.MatchString(string(s.Reason)) {
		told.Reason = s.Reason
	}
	if s.Details == nil {
		return told
	}
	told.Details = &metav1.StatusDetails{
		Name: a.secrets.words(s.Details.Name), Group: a.secrets.words(s.Details.Group), Kind: a.secrets.words(s.Details.Kind),
		RetryAfterSeconds: min(max(s.Details.RetryAfterSeconds, 0), mostRetryAfter),
	}
	for _, cause := range s.Details.Causes[:min(len(s.Details.Causes), mostCauses)] {
		told.Details.Causes = append(told.Details.Causes, metav1.StatusCause{
			Type: metav1.CauseType(a.secrets.words(string(cause.Type))), Message: a.secrets.words(cause.Message), Field: a.secrets.words(cause.Field),
		})
	}
	return told
}
