package chaos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// answer is what the process gets for its request; the body of the request is read and closed by then.
func (s Strike) answer(request *http.Request) (*http.Response, error) {
	if !s.After && request.Body != nil {
		_ = request.Body.Close()
	}
	what := schema.GroupResource{Resource: "chaos"}
	switch s.Blow {
	case Conflict:
		return answerOf(request, apierrors.NewConflict(what, "chaos", fmt.Errorf("somebody else wrote first")).ErrStatus)
	case Busy:
		return answerOf(request, apierrors.NewTooManyRequestsError("chaos").ErrStatus)
	case Broken:
		return answerOf(request, apierrors.NewInternalError(fmt.Errorf("chaos")).ErrStatus)
	case TimesOut:
		return answerOf(request, apierrors.NewTimeoutError("chaos", 0).ErrStatus)
	case Lost:
		return nil, errLost
	default:
		return nil, ErrKilled
	}
}

func answerOf(request *http.Request, status metav1.Status) (*http.Response, error) {
	status.Kind, status.APIVersion = "Status", "v1"
	content, err := json.Marshal(status)
	if err != nil {
		return nil, fmt.Errorf("chaos: %w", err)
	}
	return &http.Response{
		Status: http.StatusText(int(status.Code)), StatusCode: int(status.Code), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(content)),
		ContentLength: int64(len(content)), Request: request,
	}, nil
}
