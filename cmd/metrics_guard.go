package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// Bounds of what strangers who knock at /metrics can cost the API server.
const (
	guardQPS     = 5
	guardBurst   = 10
	guardTimeout = 5 * time.Second
)

// metricsGuard asks the API server who somebody is and whether they may. controller-runtime has a filter that does the same with
// the machinery of an API server (filters.WithAuthenticationAndAuthorization): measured, it makes the binary 97 MB instead of
// 43 and takes 30 MiB more at rest, since what it links keeps every method of the AWS SDK alive.
type metricsGuard struct{ api client.Client }

// guardMetrics is a metricsserver.Options.FilterProvider.
func guardMetrics(config *rest.Config, _ *http.Client) (metricsserver.Filter, error) {
	scheme := runtime.NewScheme()
	mapper := meta.NewDefaultRESTMapper(nil)
	for _, group := range []struct {
		add  func(*runtime.Scheme) error
		kind schema.GroupVersionKind
	}{
		{authenticationv1.AddToScheme, authenticationv1.SchemeGroupVersion.WithKind("TokenReview")},
		{authorizationv1.AddToScheme, authorizationv1.SchemeGroupVersion.WithKind("SubjectAccessReview")},
	} {
		if err := group.add(scheme); err != nil {
			return nil, fmt.Errorf("knowing %s: %w", group.kind, err)
		}
		mapper.Add(group.kind, meta.RESTScopeRoot)
	}
	own := rest.CopyConfig(config)
	own.QPS, own.Burst, own.Timeout = guardQPS, guardBurst, guardTimeout
	api, err := client.New(own, client.Options{Scheme: scheme, Mapper: mapper})
	if err != nil {
		return nil, fmt.Errorf("making the client that asks who may read metrics: %w", err)
	}
	return metricsGuard{api}.filter, nil
}

func (g metricsGuard) filter(log logr.Logger, next http.Handler) (http.Handler, error) {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, err := g.judge(r)
		if err != nil {
			log.Error(err, "Could not find out who may read metrics")
		}
		if status != http.StatusOK {
			http.Error(w, http.StatusText(status), status)
			return
		}
		next.ServeHTTP(w, r)
	}), nil
}

// judge is 200 for who may read, 401 for who is nobody, 403 for who may not, 500 where that cannot be found out.
func (g metricsGuard) judge(r *http.Request) (int, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(token) == "" {
		return http.StatusUnauthorized, nil
	}
	user, known, err := g.who(r.Context(), strings.TrimSpace(token))
	if err != nil {
		return http.StatusInternalServerError, err
	}
	if !known {
		return http.StatusUnauthorized, nil
	}
	allowed, err := g.may(r.Context(), user, r.URL.Path)
	switch {
	case err != nil:
		return http.StatusInternalServerError, err
	case !allowed:
		return http.StatusForbidden, nil
	}
	return http.StatusOK, nil
}

func (g metricsGuard) who(ctx context.Context, token string) (authenticationv1.UserInfo, bool, error) {
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}
	if err := g.api.Create(ctx, review); err != nil {
		return authenticationv1.UserInfo{}, false, fmt.Errorf("reviewing a token: %w", err)
	}
	return review.Status.User, review.Status.Authenticated, nil
}

func (g metricsGuard) may(ctx context.Context, user authenticationv1.UserInfo, path string) (bool, error) {
	extra := map[string]authorizationv1.ExtraValue{}
	for key, values := range user.Extra {
		extra[key] = authorizationv1.ExtraValue(values)
	}
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user.Username, UID: user.UID, Groups: user.Groups, Extra: extra,
		NonResourceAttributes: &authorizationv1.NonResourceAttributes{Path: path, Verb: "get"},
	}}
	if err := g.api.Create(ctx, review); err != nil {
		return false, fmt.Errorf("reviewing what %s may do: %w", user.Username, err)
	}
	return review.Status.Allowed, nil
}
