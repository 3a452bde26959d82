{{/* Values that would be ignored without a word, or would break something, because another one says otherwise. */}}
{{- define "crossvpc.contradictions" -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.leaderElection) }}
{{- fail "leaderElection may be off with one replica only: two that act at once would undo each other's work" }}
{{- end }}
{{- include "crossvpc.contradictions.credentials" . }}
{{- include "crossvpc.contradictions.metrics" . }}
{{- include "crossvpc.contradictions.network" . }}
{{- end -}}

{{- define "crossvpc.contradictions.credentials" -}}
{{- $account := .Values.serviceAccount }}
{{- if and .Values.aws.roleARN (ne .Values.aws.credentials "IRSA") }}
{{- fail (printf "aws.roleARN is for aws.credentials: IRSA, and these are %s: set credentials to IRSA, or leave roleARN out" .Values.aws.credentials) }}
{{- end }}
{{- if and .Values.aws.secretName (ne .Values.aws.credentials "Static") }}
{{- fail (printf "aws.secretName is for aws.credentials: Static, and these are %s: set credentials to Static, or leave secretName out" .Values.aws.credentials) }}
{{- end }}
{{- if and .Values.aws.roleARN (not $account.create) }}
{{- fail (printf "aws.roleARN is written to the service account that the chart makes, and serviceAccount.create is false. Leave aws.roleARN out, and annotate your own: kubectl annotate serviceaccount %s -n %s eks.amazonaws.com/role-arn=%s" $account.name .Release.Namespace .Values.aws.roleARN) }}
{{- end }}
{{- if and (eq .Values.aws.credentials "IRSA") $account.create (not .Values.aws.roleARN) }}
{{- fail "aws.roleARN is empty, and aws.credentials: IRSA needs the operator's role: set aws.roleARN. Where a service account of your own names the role, set serviceAccount.create to false" }}
{{- end }}
{{- if and $account.annotations (not $account.create) }}
{{- fail (printf "serviceAccount.annotations are for the service account that the chart makes, and serviceAccount.create is false: write them to %s yourself, or let the chart make it" $account.name) }}
{{- end }}
{{- if hasKey ($account.annotations | default dict) "eks.amazonaws.com/role-arn" }}
{{- fail "serviceAccount.annotations has eks.amazonaws.com/role-arn: give the role as aws.roleARN, with aws.credentials: IRSA, and the chart writes the annotation" }}
{{- end }}
{{- end -}}

{{- define "crossvpc.contradictions.metrics" -}}
{{- $metrics := .Values.metrics }}
{{- if not $metrics.enabled }}
{{- range $name := list "service" "serviceMonitor" "podMonitor" "alerts" "dashboard" }}
{{- if (index $metrics $name).enabled }}
{{- fail (printf "metrics.%s needs metrics, and metrics.enabled is false: enable metrics, or disable metrics.%s" $name $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- if and $metrics.serviceMonitor.enabled $metrics.podMonitor.enabled }}
{{- fail "metrics.serviceMonitor and metrics.podMonitor would scrape every metric twice: enable one of them" }}
{{- end }}
{{- if and $metrics.podMonitor.enabled $metrics.secure (not $metrics.podMonitor.authorization) }}
{{- fail "metrics.podMonitor needs authorization where metrics.secure is true: a scrape without a token is refused. Name a Secret with the token of an account that may read metrics" }}
{{- end }}
{{- if and $metrics.podMonitor.authorization (not $metrics.secure) }}
{{- fail "metrics.podMonitor.authorization is for metrics.secure, and that is false: nobody asks for the token, and each scrape would carry its token in plain text. Leave authorization out, or set metrics.secure to true" }}
{{- end }}
{{- if and $metrics.reader.serviceAccount (not (and $metrics.enabled $metrics.secure .Values.rbac.create)) }}
{{- fail "metrics.reader.serviceAccount gets a binding only with metrics.enabled, metrics.secure and rbac.create, and one of them is false: leave it out. Without rbac.create, bind the account to ClusterRole crossvpc-metrics-reader yourself" }}
{{- end }}
{{- end -}}

{{- define "crossvpc.contradictions.network" -}}
{{- $policy := .Values.networkPolicy }}
{{- range $name := list "metricsFrom" "extraEgress" }}
{{- if and (index $policy $name) (not $policy.enabled) }}
{{- fail (printf "networkPolicy.%s needs networkPolicy.enabled, and that is false: enable it, or leave networkPolicy.%s out" $name $name) }}
{{- end }}
{{- end }}
{{- if and $policy.metricsFrom (not .Values.metrics.enabled) }}
{{- fail "networkPolicy.metricsFrom needs metrics, and metrics.enabled is false: enable metrics, or leave networkPolicy.metricsFrom out" }}
{{- end }}
{{- end -}}
