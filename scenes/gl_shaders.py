"""The GLSL of the OpenGL painter.

Colours are lit in a space of gamma 2: albedo (as stored) times the root of the linear light, which is close to sRGB
and costs no table. One target takes the colour, the other the planar depth (bits of a float) beside the packed ids.
"""

LIT_VERTEX = """
#version 330
uniform mat4 u_view_projection;
uniform vec3 u_sun;
uniform float u_shift;  // metres along the normal by which shadows are looked up, against acne
in vec3 in_position;
in vec3 in_normal;
in vec2 in_uv;
in vec4 in_color;  // rgb, emissive
in vec2 in_surface;  // layer of the texture array, specular
in uint in_ids;
out vec4 v_place;  // shifted world position, layer
out vec4 v_shade;  // uv, cosine to the sun, upward part of the normal
out vec3 v_normal;
flat out vec4 v_color;
flat out vec2 v_gloss;
flat out uint v_ids;
void main() {
    vec3 normal = normalize(in_normal);
    float cosine = dot(normal, u_sun);
    v_place = vec4(in_position + normal * u_shift * (1.2 - max(cosine, 0.0)), in_surface.x);
    v_shade = vec4(in_uv, cosine, normal.z);
    v_normal = normal;
    v_color = in_color;
    v_gloss = vec2(in_surface.y, 0.0);
    v_ids = in_ids;
    gl_Position = u_view_projection * vec4(in_position, 1.0);
}
"""

LIT_FRAGMENT = """
#version 330
#define SHARPER -0.75  // levels of the mipmap, so that signs can be read from the side
#define BOUNCE 0.15  // share of the sun that the ground throws at a wall
uniform sampler2DArray u_texture;
uniform sampler2DShadow u_static_shadow;
uniform sampler2DShadow u_moving_shadow;
uniform mat4 u_static_light;
uniform mat4 u_moving_light;
uniform vec3 u_sun;
uniform vec3 u_sun_color;
uniform vec3 u_ambient;
uniform vec3 u_eye;
in vec4 v_place;
in vec4 v_shade;
in vec3 v_normal;
flat in vec4 v_color;
flat in vec2 v_gloss;
flat in uint v_ids;
layout(location = 0) out vec4 out_color;
layout(location = 1) out uvec2 out_data;
void main() {
    float sun = v_shade.z;
    if (sun > 0.0) {
        vec3 place = (u_static_light * vec4(v_place.xyz, 1.0)).xyz;
        sun *= texture(u_static_shadow, place);
        place = (u_moving_light * vec4(v_place.xyz, 1.0)).xyz;
        if (all(lessThan(abs(place - 0.5), vec3(0.5)))) sun *= texture(u_moving_shadow, place);
    } else {
        sun = 0.0;
    }
    vec3 albedo = texture(u_texture, vec3(v_shade.xy, floor(v_place.w + 0.5)), SHARPER).rgb * v_color.rgb;
    vec3 light = u_ambient * (0.8 + 0.2 * v_shade.w) + u_sun_color * (sun + BOUNCE * (0.5 - 0.5 * v_shade.w));
    if (v_gloss.x > 0.1) {
        vec3 half_way = normalize(normalize(u_eye - v_place.xyz) + u_sun);
        float shine = max(dot(normalize(v_normal), half_way), 0.0);
        shine *= shine; shine *= shine; shine *= shine; shine *= shine; shine *= shine;
        light += v_gloss.x * sun * shine * 4.0;
    }
    out_color = vec4(albedo * max(sqrt(light), vec3(v_color.a)), 1.0);
    out_data = uvec2(floatBitsToUint(1.0 / gl_FragCoord.w), v_ids);
}
"""

LAYER_VERTEX = """
#version 430
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
#version 430
uniform bool u_has_parts;
layout(std430, binding = 0) readonly buffer Parts { uint parts[]; };
in vec3 v_normal;
layout(location = 0) out vec4 out_normal;
void main() {
    out_normal = vec4(normalize(v_normal), u_has_parts ? float(parts[gl_PrimitiveID]) : 0.0);
}
"""

SHADOW_VERTEX = """
#version 330
uniform mat4 u_light;
in vec3 in_position;
void main() { gl_Position = u_light * vec4(in_position, 1.0); }
"""

SHADOW_FRAGMENT = """
#version 330
void main() {}
"""

SKY_VERTEX = """
#version 330
uniform mat4 u_rays;  // clip coordinates to world directions
in vec2 in_corner;
out vec3 v_direction;
void main() {
    v_direction = (u_rays * vec4(in_corner, 1.0, 1.0)).xyz;
    gl_Position = vec4(in_corner, 1.0, 1.0);
}
"""

SKY_FRAGMENT = """
#version 330
uniform vec3 u_sky;
in vec3 v_direction;
layout(location = 0) out vec4 out_color;
layout(location = 1) out uvec2 out_data;
void main() {
    float height = normalize(v_direction).z;
    vec3 horizon = mix(u_sky, vec3(1.0), 0.55);
    vec3 color = height > 0.0 ? mix(horizon, u_sky, min(1.0, 2.5 * height)) : horizon * (1.0 + 0.5 * max(height, -0.6));
    out_color = vec4(color, 1.0);
    out_data = uvec2(0x7f800000u, 0u);  // infinity, nothing
}
"""
