package dryrun

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestNothingButAReadGetsThrough(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(server.Close)
	client := &http.Client{Transport: ReadOnly(http.DefaultTransport)}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/api", nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := client.Do(request); err == nil || !strings.Contains(err.Error(), method+" /api is no read") {
			_ = response.Body.Close()
			t.Errorf("%s: %v", method, err)
		}
	}
	if asked > 0 {
		t.Errorf("%d writes arrived", asked)
	}
}

func TestTheHubTakesNoWriteButThatOfStatusWhichGoesNowhere(t *testing.T) {
	h, object := newHub(nil), &corev1.Namespace{}
	for name, err := range map[string]error{
		"create": h.Create(t.Context(), object), "update": h.Update(t.Context(), object), "patch": h.Patch(t.Context(), object, nil),
		"delete": h.Delete(t.Context(), object), "apply": h.Apply(t.Context(), nil), "delete all": h.DeleteAllOf(t.Context(), object),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if err := h.Status().Patch(t.Context(), &v1alpha1.VPCPeering{}, nil); err != nil {
		t.Error(err)
	}
}
