"""The GLSL of what is solid: lit surfaces, layers beside colour, shadow maps.

Light is linear: albedo is the stored colour squared, which is close to sRGB and costs no table, and the root is taken
of what a soft shoulder leaves of the sum. One target takes the colour, the other the planar depth (bits of a float)
beside the packed ids. What a scene does not have is left out of its program by `compose`.
"""

from __future__ import annotations

from collections.abc import Iterable

SHOULDER = 0.6  # x / sqrt(1 + SHOULDER x^2): twice the light of white paper in the sun is stored as white

LIT_VERTEX = """
#define LOOSE 0.03  // metres by which people are more than the coarse level that casts their shadows, and a texel
uniform mat4 u_view_projection;
uniform mat4 u_static_light;
uniform mat4 u_moving_light;
uniform vec3 u_eye;
uniform vec3 u_sun;
uniform vec3 u_above;  // light from the sky
uniform vec3 u_below;  // and from the ground
uniform vec3 u_volume_scale;
uniform vec3 u_volume_shift;
uniform float u_shift;  // metres along the normal by which shadows are looked up, against acne
uniform float u_wetness;
uniform float u_lamps;
in vec3 in_position;
in vec3 in_normal;
in vec2 in_uv;
in vec4 in_color;  // rgb, emissive
in vec4 in_surface;  // layer of the texture array, specular, whether it stands still and gets wet, glow
in uint in_ids;
out vec3 v_texel;  // uv, layer
out vec3 v_normal;
out vec3 v_view;
out vec3 v_probe;
out vec3 v_ambient;
#ifdef SUN
out vec4 v_static;  // place in the shadow map; cosine to the sun
out vec3 v_moving;
#endif
#ifdef WET
out vec3 v_wet;  // where in the pattern of puddles; how wet
#endif
flat out vec4 v_color;
flat out float v_gloss;
flat out uint v_ids;
void main() {
    vec3 normal = normalize(in_normal);
    v_texel = vec3(in_uv, in_surface.x);
    v_normal = normal;
    v_view = u_eye - in_position;
    v_probe = (in_position + 0.4 * normal) * u_volume_scale + u_volume_shift;
    v_ambient = mix(u_below, u_above, 0.5 + 0.5 * normal.z);
#ifdef SUN
    float cosine = dot(normal, u_sun);
    vec4 place = vec4(in_position + normal * u_shift * (1.2 - max(cosine, 0.0)), 1.0);
    v_static = vec4((u_static_light * place).xyz, cosine);
    float loose = in_surface.z > 0.0 ? 0.0 : LOOSE;
    v_moving = (u_moving_light * (place + vec4(loose * (normal + u_sun), 0.0))).xyz;
#endif
#ifdef WET
    v_wet = vec3(0.11 * in_position.xy, u_wetness * in_surface.z * smoothstep(0.5, 0.9, normal.z));
#endif
    v_color = vec4(in_color.rgb, max(in_color.a, in_surface.w * u_lamps));
    v_gloss = in_surface.y;
    vec3 size = abs(normal);
    float way = size.x > size.y ? (size.x > size.z ? normal.x : normal.z) : (size.y > size.z ? normal.y : normal.z);
    uint axis = way == normal.x ? 1u : way == normal.y ? 2u : 3u;
    v_ids = in_ids | (in_surface.z > 0.0 ? axis | (way > 0.0 ? 4u : 0u) : 0u) << 29;  // borders between faces
    gl_Position = u_view_projection * vec4(in_position, 1.0);
}
"""

LIT_FRAGMENT = """
#define SHARPER -0.75  // levels of the mipmap, so that signs can be read from the side
uniform sampler2DArray u_texture;
uniform sampler2DShadow u_static_shadow;
uniform sampler2DShadow u_moving_shadow;
uniform sampler3D u_flow;
uniform sampler3D u_way;
uniform sampler2D u_noise;
uniform sampler2D u_mirror;
uniform vec2 u_pixel;  // share of the picture
uniform vec3 u_sun;
uniform vec3 u_sun_color;
uniform vec3 u_horizon;
uniform float u_least;  // share of the ambient light that the darkest corner has
uniform float u_flow_range;
uniform float u_exposure;
uniform float u_fog;
in vec3 v_texel;
in vec3 v_normal;
in vec3 v_view;
in vec3 v_probe;
in vec3 v_ambient;
#ifdef SUN
in vec4 v_static;
in vec3 v_moving;
#endif
#ifdef WET
in vec3 v_wet;
#endif
flat in vec4 v_color;
flat in float v_gloss;
flat in uint v_ids;
layout(location = 0) out vec4 out_color;
layout(location = 1) out uvec2 out_data;
void main() {
    float near = inversesqrt(dot(v_view, v_view));
    vec3 normal = v_normal * inversesqrt(dot(v_normal, v_normal));
    vec3 view = v_view * near;
    vec3 albedo = texture(u_texture, v_texel, SHARPER).rgb * v_color.rgb;
    albedo *= albedo;
    vec4 field = texture(u_flow, v_probe);
    float sky = u_least + (1.0 - u_least) * field.a;
    vec3 light = v_ambient * sky;
    float gloss = v_gloss;
    float facing = max(dot(normal, view), 0.0);
    float fresnel = 1.0 - facing;
    fresnel *= fresnel * fresnel * fresnel * fresnel;
    vec3 mirrored = gloss * (0.06 + 0.5 * fresnel) * sky * u_horizon;
#ifdef SUN
    float sun = max(v_static.w, 0.0) * texture(u_static_shadow, v_static.xyz);
    if (all(lessThan(abs(v_moving - 0.5), vec3(0.5)))) sun *= texture(u_moving_shadow, v_moving);
    light += u_sun_color * sun;
    float shine = max(dot(normal, normalize(view + u_sun)), 0.0);
    shine *= shine; shine *= shine; shine *= shine; shine *= shine; shine *= shine;
    mirrored += (gloss * gloss * 3.0 * sun * shine) * u_sun_color;
#endif
#if defined(LAMPS) || defined(WET)
    vec4 way = texture(u_way, v_probe);
#endif
#ifdef LAMPS
    vec3 flow = field.rgb * field.rgb * u_flow_range;
    vec3 whence = 2.0 * way.xyz - 1.0;
    light += flow * (max(dot(whence, normal), 0.0) + 0.25 - 0.25 * dot(whence, whence));
    float gleam = max(dot(reflect(-view, normal), whence), 0.0);
    gleam *= gleam; gleam *= gleam; gleam *= gleam;
    mirrored += (gloss * gleam) * flow;
#endif
#ifdef WET
    float wet = v_wet.z * way.a;
    float puddle = smoothstep(0.55, 0.66, texture(u_noise, v_wet.xy).r);
    float grain = texture(u_noise, 17.0 * v_wet.xy).r;
    albedo *= 1.0 - (0.45 + 0.1 * puddle) * wet;
    float mirror = (0.03 + 0.85 * fresnel) * (0.3 + 0.7 * puddle) * wet;
    vec2 place = gl_FragCoord.xy * u_pixel + vec2(0.004, 0.012) * (grain - 0.5) * (1.5 - puddle);
    vec3 seen = texture(u_mirror, place, 3.0 - 2.4 * puddle).rgb;
    light *= 1.0 - mirror;
#endif
    vec3 color = albedo * max(light, vec3(v_color.a)) + mirrored;
#ifdef FOG
    color = mix(u_horizon, color, exp(-u_fog / near));
#endif
    color *= u_exposure;
    color = sqrt(color * inversesqrt(1.0 + SHOULDER * color * color));
#ifdef WET
    color = mix(color, seen, mirror);  // exposed already, and lit by the same light
#endif
    out_color = vec4(color, 1.0);
    out_data = uvec2(floatBitsToUint(1.0 / gl_FragCoord.w), v_ids);
}
"""

LAYER_VERTEX = """
uniform mat4 u_view_projection;
in vec3 in_position;
in vec3 in_normal;
out vec3 v_normal;
void main() {
    v_normal = normalize(in_normal);
    gl_Position = u_view_projection * vec4(in_position, 1.0);
}
"""

LAYER_FRAGMENT = """
uniform bool u_has_parts;
layout(std430, binding = 0) readonly buffer Parts { uint parts[]; };
in vec3 v_normal;
layout(location = 0) out vec4 out_normal;
void main() {
    out_normal = vec4(normalize(v_normal), u_has_parts ? float(parts[gl_PrimitiveID]) : 0.0);
}
"""

SHADOW_VERTEX = """
uniform mat4 u_light;
in vec3 in_position;
void main() { gl_Position = u_light * vec4(in_position, 1.0); }
"""

SHADOW_FRAGMENT = """
void main() {}
"""


def compose(source: str, features: Iterable[str] = ()) -> str:
    """Return the text of a shader with what these features need: of SUN, LAMPS, WET, FOG."""
    lines = ["#version 430", f"#define SHOULDER {SHOULDER}"]
    return "\n".join([*lines, *(f"#define {feature}" for feature in sorted(features)), source])
